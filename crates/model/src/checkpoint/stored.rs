//! A tensor in a file, whatever the format: its name, shape and element type, and how to read it.

use std::path::PathBuf;

use burn::tensor::{bf16, f16};

use crate::error::ModelError;
use crate::parameters::transpose;

/// The element types that fit into f32 without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementType {
    F32,
    F16,
    Bf16,
}

/// A tensor in a file. Its values are read when they are asked for.
pub(super) struct StoredTensor {
    /// The file.
    pub(super) path: PathBuf,
    /// The name in the file.
    pub(super) name: String,
    /// The same in the form of transformers; only TensorFlow's names differ.
    pub(super) key: String,
    pub(super) shape: Vec<usize>,
    /// Whether the file has rows and columns exchanged. `shape` is that of transformers, `read` gives the file's bytes.
    pub(super) is_transposed: bool,
    /// The element type, or the name of one that does not fit into f32.
    pub(super) element_type: Result<ElementType, String>,
    /// Reads the bytes: little-endian, row-major.
    pub(super) read: Box<dyn Fn() -> Result<Vec<u8>, ModelError>>,
}

impl StoredTensor {
    /// Reads the values as f32, without loss, row-major in `shape`.
    pub(super) fn values(&self) -> Result<Vec<f32>, ModelError> {
        let element_type = self
            .element_type
            .clone()
            .map_err(|found| ModelError::ElementType {
                path: self.path.clone(),
                name: self.name.clone(),
                found,
            })?;
        let bytes = (self.read)()?;
        let values = match element_type {
            ElementType::F32 => elements(&bytes, f32::from_le_bytes),
            ElementType::F16 => elements(&bytes, |two| f16::from_le_bytes(two).to_f32()),
            ElementType::Bf16 => elements(&bytes, |two| bf16::from_le_bytes(two).to_f32()),
        };
        Ok(match *self.shape {
            [n_rows, n_columns] if self.is_transposed => transpose(&values, n_columns, n_rows),
            _ => values,
        })
    }

    /// Refuses a shape that differs from the one by the config.
    pub(super) fn check_shape(&self, expected: &[usize]) -> Result<(), ModelError> {
        if self.shape == expected {
            return Ok(());
        }
        let (mut expected, mut found) = (expected.to_vec(), self.shape.clone());
        if self.is_transposed {
            expected.reverse();
            found.reverse();
        }
        Err(ModelError::Shape {
            path: self.path.clone(),
            name: self.name.clone(),
            expected,
            found,
        })
    }
}

fn elements<const N: usize>(bytes: &[u8], element: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|&bytes| element(bytes))
        .collect()
}

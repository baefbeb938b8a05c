//! The tensors of a checkpoint's files, by name, read one at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{bf16, f16};

use super::{pickle, safetensors};
use crate::error::ModelError;
use crate::names;

/// Element types that fit into f32 without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementType {
    F32,
    F16,
    Bf16,
}

/// One tensor of a file, not yet read.
pub(super) struct StoredTensor {
    /// The file it is in.
    pub(super) path: PathBuf,
    /// Its name in the file.
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    /// Its element type, or the name of one that is no parameter's.
    pub(super) element_type: Result<ElementType, String>,
    /// Reads its bytes: little endian, row-major.
    pub(super) read: Box<dyn Fn() -> Result<Vec<u8>, ModelError>>,
}

/// The tensors of a checkpoint by today's name.
pub(super) type StoredTensors = BTreeMap<String, StoredTensor>;

/// Opens all files of a checkpoint. Only names and shapes are read.
pub(super) fn open(files: &[PathBuf]) -> Result<StoredTensors, ModelError> {
    let mut tensors = StoredTensors::new();
    for file in files {
        for tensor in open_file(file)? {
            let name = names::modern_name(&tensor.name);
            if let Some(other) = tensors.get(&name) {
                return Err(ModelError::Duplicate {
                    path: file.clone(),
                    parameter: name,
                    first: other.name.clone(),
                    second: tensor.name,
                });
            }
            tensors.insert(name, tensor);
        }
    }
    Ok(tensors)
}

/// The format is told by the name: a safetensors file begins with a length, which looks like nothing.
fn open_file(file: &Path) -> Result<Vec<StoredTensor>, ModelError> {
    if file
        .extension()
        .is_some_and(|extension| extension == "safetensors")
    {
        safetensors::open(file)
    } else {
        pickle::open(file)
    }
}

impl StoredTensor {
    /// The values as f32, exactly.
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
        Ok(match element_type {
            ElementType::F32 => elements(&bytes, f32::from_le_bytes),
            ElementType::F16 => elements(&bytes, |two| f16::from_le_bytes(two).to_f32()),
            ElementType::Bf16 => elements(&bytes, |two| bf16::from_le_bytes(two).to_f32()),
        })
    }

    /// Refuses another shape than the config's.
    pub(super) fn check_shape(&self, expected: &[usize]) -> Result<(), ModelError> {
        if self.shape == expected {
            return Ok(());
        }
        Err(ModelError::Shape {
            path: self.path.clone(),
            name: self.name.clone(),
            expected: expected.to_vec(),
            found: self.shape.clone(),
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

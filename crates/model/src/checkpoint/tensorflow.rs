//! Reads checkpoints of TensorFlow 1.x, the form in which BERT and its Chinese successors were released.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use ::tensorflow::{Checkpoint, DataType, Variable, data_files};

use super::foreign::check_not_pointer;
use super::stored::{ElementType, StoredTensor};
use crate::error::ModelError;
use crate::names;

/// The tensors of a checkpoint.
pub(super) struct Opened {
    pub(super) tensors: Vec<StoredTensor>,
    /// How many tensors belong to the optimizer, by the last part of their names. They are left out.
    pub(super) optimizer: BTreeMap<String, usize>,
}

/// Opens a checkpoint by its index, or by the file of the older format.
///
/// Matrices of linear layers (`kernel`) are transposed: TensorFlow stores `[in, out]`, transformers `[out, in]`. All other
/// tensors have the same layout in both, also the order head's `output_weights`.
pub(super) fn open(file: &Path) -> Result<Opened, ModelError> {
    for data in data_files(&file.with_extension("")) {
        check_not_pointer(&data)?;
    }
    let checkpoint = Rc::new(Checkpoint::open(file)?);
    let mut opened = Opened {
        tensors: Vec::new(),
        optimizer: BTreeMap::new(),
    };
    for variable in checkpoint.variables() {
        match names::optimizer_kind(&variable.name) {
            Some(kind) => *opened.optimizer.entry(kind.to_owned()).or_default() += 1,
            None => opened.tensors.push(stored(&checkpoint, variable)),
        }
    }
    Ok(opened)
}

fn stored(checkpoint: &Rc<Checkpoint>, variable: &Variable) -> StoredTensor {
    let sizes = variable.shape.iter();
    let mut shape: Vec<usize> = sizes.map(|size| *size as usize).collect();
    let is_kernel = variable.name.rsplit('/').next() == Some("kernel");
    let columns = match *shape {
        [_, columns] if is_kernel => Some(columns),
        _ => None,
    };
    if columns.is_some() {
        shape.reverse();
    }
    let (opened, read) = (Rc::clone(checkpoint), variable.clone());
    StoredTensor {
        path: checkpoint.path().to_path_buf(),
        name: variable.name.clone(),
        key: names::of_google(&variable.name),
        shape,
        is_transposed: columns.is_some(),
        element_type: match variable.data_type {
            DataType::Float32 => Ok(ElementType::F32),
            DataType::Float16 => Ok(ElementType::F16),
            DataType::BFloat16 => Ok(ElementType::Bf16),
            other => Err(other.name()),
        },
        read: Box::new(move || {
            let bytes = opened.bytes(&read)?;
            let size = read.data_type.n_bytes().unwrap_or(1) as usize;
            Ok(match columns {
                Some(columns) => transposed(&bytes, columns, size),
                None => bytes,
            })
        }),
    }
}

/// The matrix with rows and columns exchanged; elements have `size` bytes.
fn transposed(bytes: &[u8], columns: usize, size: usize) -> Vec<u8> {
    let rows = bytes.len() / (columns * size).max(1);
    let mut out = Vec::with_capacity(bytes.len());
    for column in 0..columns {
        for row in 0..rows {
            let start = (row * columns + column) * size;
            out.extend_from_slice(&bytes[start..start + size]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::transposed;

    #[test]
    fn rows_become_columns() {
        assert_eq!(transposed(&[1, 2, 3, 4, 5, 6], 3, 1), [1, 4, 2, 5, 3, 6]);
        assert_eq!(
            transposed(&[1, 2, 3, 4, 5, 6, 7, 8], 2, 2),
            [1, 2, 5, 6, 3, 4, 7, 8]
        );
        assert!(transposed(&[], 0, 4).is_empty());
    }
}

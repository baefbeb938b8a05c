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
    for (index, variable) in checkpoint.variables().iter().enumerate() {
        match names::optimizer_kind(&variable.name) {
            Some(kind) => *opened.optimizer.entry(kind.to_owned()).or_default() += 1,
            None => opened.tensors.push(stored(&checkpoint, index, variable)),
        }
    }
    Ok(opened)
}

/// `index` is that of the variable in the checkpoint.
fn stored(checkpoint: &Rc<Checkpoint>, index: usize, variable: &Variable) -> StoredTensor {
    let sizes = variable.shape.iter();
    let mut shape: Vec<usize> = sizes.map(|size| *size as usize).collect();
    let is_kernel = variable.name.rsplit('/').next() == Some("kernel");
    let is_transposed = is_kernel && shape.len() == 2;
    if is_transposed {
        shape.reverse();
    }
    let opened = Rc::clone(checkpoint);
    StoredTensor {
        path: checkpoint.path().to_path_buf(),
        name: variable.name.clone(),
        key: names::of_google(&variable.name),
        shape,
        is_transposed,
        element_type: match variable.data_type {
            DataType::Float32 => Ok(ElementType::F32),
            DataType::Float16 => Ok(ElementType::F16),
            DataType::BFloat16 => Ok(ElementType::Bf16),
            other => Err(other.name()),
        },
        read: Box::new(move || Ok(opened.bytes(&opened.variables()[index])?)),
    }
}

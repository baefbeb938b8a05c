//! All tensors of a checkpoint, by name, from one file or several.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::stored::StoredTensor;
use super::{pickle, safetensors};
use crate::error::ModelError;
use crate::names;

/// The tensors of a checkpoint by today's name.
pub(super) type StoredTensors = BTreeMap<String, StoredTensor>;

/// Opens all files of a checkpoint. Reads names and shapes only.
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

/// Opens a file in the format that its name says. The content cannot say it: a safetensors file begins with a length.
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

//! The tensors of a `torch.save` file: today's zip, and the plain pickles before PyTorch 1.6.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pytorch_reader::{DType, PytorchReader, Tensor};

use super::stored::{ElementType, StoredTensor};
use crate::error::ModelError;

/// Reads names and shapes. The pickle is interpreted as data and never executed.
pub(super) fn open(path: &Path) -> Result<Vec<StoredTensor>, ModelError> {
    std::fs::metadata(path).map_err(ModelError::io(path))?;
    let reader = guarded(path, || {
        PytorchReader::new(path).map_err(|error| ModelError::damaged(path, error))
    })?;
    let mut tensors: Vec<(String, Tensor)> = reader.into_tensors().into_iter().collect();
    tensors.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    Ok(tensors
        .into_iter()
        .map(|(name, tensor)| stored(path, name, tensor))
        .collect())
}

fn stored(path: &Path, name: String, tensor: Tensor) -> StoredTensor {
    StoredTensor {
        key: name.clone(),
        name,
        shape: tensor.shape().to_vec(),
        is_transposed: false,
        element_type: match tensor.dtype() {
            DType::F32 => Ok(ElementType::F32),
            DType::F16 => Ok(ElementType::F16),
            DType::BF16 => Ok(ElementType::Bf16),
            other => Err(format!("{other:?}")),
        },
        path: path.to_path_buf(),
        read: {
            let path = path.to_path_buf();
            Box::new(move || {
                guarded(&path, || {
                    tensor
                        .read()
                        .map_err(|error| ModelError::damaged(&path, error))
                })
            })
        },
    }
}

/// Turns a panic of the reader into an error. burn's interpreter of pickles may panic on a damaged file, which must not end
/// the program. The reader shares no state that a panic could leave half changed.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, ModelError>) -> Result<T, ModelError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(ModelError::damaged(
            path,
            "the pickle cannot be interpreted",
        ))
    })
}

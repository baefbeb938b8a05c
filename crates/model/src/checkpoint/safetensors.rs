//! The tensors of a safetensors file.
//!
//! | bytes | content |
//! | --- | --- |
//! | 8 | length n of the header, little-endian |
//! | n | JSON: name → element type, shape, byte range in the rest |
//! | rest | the tensors, row-major, without gaps |

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use ::safetensors::tensor::{Dtype, Metadata, TensorInfo};

use super::stored::{ElementType, StoredTensor};
use crate::error::ModelError;

/// The size of the field that has the header's length, in bytes.
const LENGTH_BYTES: u64 = 8;

/// Reads the header and checks that it covers the file to the byte.
pub(super) fn open(path: &Path) -> Result<Vec<StoredTensor>, ModelError> {
    let (start, metadata) = header(path)?;
    let names = metadata.offset_keys();
    Ok(names
        .into_iter()
        .filter_map(|name| Some(stored(path, start, metadata.info(&name)?.clone(), name)))
        .collect())
}

/// Reads the header: the offset at which the tensors begin, and what they are.
fn header(path: &Path) -> Result<(u64, Metadata), ModelError> {
    let mut file = File::open(path).map_err(ModelError::io(path))?;
    let file_bytes = file.metadata().map_err(ModelError::io(path))?.len();
    let mut length = [0; LENGTH_BYTES as usize];
    file.read_exact(&mut length)
        .map_err(|_| ModelError::damaged(path, "shorter than a header's length"))?;
    let length = u64::from_le_bytes(length);
    // Checked before memory of that size is allocated.
    let start = length
        .checked_add(LENGTH_BYTES)
        .filter(|&start| start <= file_bytes)
        .ok_or_else(|| {
            ModelError::damaged(
                path,
                format!("a header of {length} bytes in a file of {file_bytes}"),
            )
        })?;
    let mut text = vec![0; length as usize];
    file.read_exact(&mut text).map_err(ModelError::io(path))?;
    // Deserialising checks that the ranges follow each other without gaps and fit shapes and element types.
    let metadata: Metadata =
        serde_json::from_slice(&text).map_err(|error| ModelError::damaged(path, error))?;
    let expected = start + metadata.data_len() as u64;
    if expected != file_bytes {
        let what = format!("its header describes {expected} bytes, the file has {file_bytes}");
        return Err(ModelError::damaged(path, what));
    }
    Ok((start, metadata))
}

fn stored(path: &Path, start: u64, info: TensorInfo, name: String) -> StoredTensor {
    let file = path.to_path_buf();
    let (from, to) = info.data_offsets;
    let read = move || {
        let mut bytes = vec![0; to - from];
        let mut opened = File::open(&file).map_err(ModelError::io(&file))?;
        opened
            .seek(SeekFrom::Start(start + from as u64))
            .map_err(ModelError::io(&file))?;
        opened
            .read_exact(&mut bytes)
            .map_err(ModelError::io(&file))?;
        Ok(bytes)
    };
    StoredTensor {
        path: path.to_path_buf(),
        key: name.clone(),
        name,
        shape: info.shape,
        is_transposed: false,
        element_type: match info.dtype {
            Dtype::F32 => Ok(ElementType::F32),
            Dtype::F16 => Ok(ElementType::F16),
            Dtype::BF16 => Ok(ElementType::Bf16),
            other => Err(format!("{other:?}")),
        },
        read: Box::new(read),
    }
}

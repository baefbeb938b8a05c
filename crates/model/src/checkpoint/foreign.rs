//! Recognises files that stand in the place of a checkpoint, but are not one: other formats, and Git LFS pointers.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::ModelError;

/// How a Git LFS pointer begins.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// A format that this crate does not read.
struct Foreign {
    /// Whether a file of this name has the format.
    has_name: fn(&str) -> bool,
    format: &'static str,
    cure: &'static str,
}

/// The formats in which encoders are published, beside those that are read.
const FOREIGN: [Foreign; 4] = [
    Foreign {
        has_name: |name| name == "saved_model.pb",
        format: "a SavedModel of TensorFlow 2",
        cure: "take the checkpoint that it was made from, or the PyTorch form of this model",
    },
    Foreign {
        has_name: |name| name == "tf_model.h5",
        format: "TensorFlow weights of transformers",
        cure: "convert them with transformers 4: BertForPreTraining.from_pretrained(FOLDER, from_tf=True), then save_pretrained",
    },
    Foreign {
        has_name: |name| name == "flax_model.msgpack",
        format: "Flax weights of transformers",
        cure: "convert them with transformers 4: BertForPreTraining.from_pretrained(FOLDER, from_flax=True), then save_pretrained",
    },
    Foreign {
        has_name: |name| ending(name) == Some("pdparams"),
        format: "PaddlePaddle weights",
        cure: "take the PyTorch form of this model",
    },
];

fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, ending)| ending)
}

/// Looks for weights of another format in a folder; the error names the first such file.
pub(super) fn foreign_file(folder: &Path) -> Option<ModelError> {
    let entries = fs::read_dir(folder).ok()?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort_unstable();
    paths.iter().find_map(|path| check_not_foreign(path).err())
}

/// Refuses a file whose name is that of another format.
pub(super) fn check_not_foreign(path: &Path) -> Result<(), ModelError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.unwrap_or_default();
    match FOREIGN.iter().find(|foreign| (foreign.has_name)(name)) {
        None => Ok(()),
        Some(foreign) => Err(ModelError::Foreign {
            path: path.to_path_buf(),
            format: foreign.format,
            cure: foreign.cure,
        }),
    }
}

/// Refuses a pointer that Git leaves in the place of a large file if Git LFS is not installed.
pub(super) fn check_not_pointer(path: &Path) -> Result<(), ModelError> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(ModelError::io(path))?;
    file.take(POINTER.len() as u64)
        .read_to_end(&mut start)
        .map_err(ModelError::io(path))?;
    if start == POINTER {
        return Err(ModelError::Pointer { path: path.into() });
    }
    Ok(())
}

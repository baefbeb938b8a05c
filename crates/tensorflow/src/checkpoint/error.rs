//! What is wrong with a checkpoint of TensorFlow.

use std::path::{Path, PathBuf};

/// Why a checkpoint cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system could not read a file.
    #[error("could not read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A path names no checkpoint.
    #[error(
        "{path}: no TensorFlow checkpoint here; expected PREFIX.index beside PREFIX.data-00000-of-00001, or a file of the older format"
    )]
    NotFound {
        /// What was looked for.
        path: PathBuf,
    },
    /// A file of a checkpoint lies without its index.
    #[error("{path}: a file of a TensorFlow checkpoint, but {index} is not beside it; copy it too")]
    NoIndex {
        /// The file that is there.
        path: PathBuf,
        /// The index.
        index: PathBuf,
    },
    /// A data file that the index names is missing.
    #[error("{path}: no such file, but {index} says that `{name}` is in it; copy it too")]
    NoData {
        /// The data file.
        path: PathBuf,
        /// The index.
        index: PathBuf,
        /// A tensor in it.
        name: String,
    },
    /// A folder has several checkpoints, and no file `checkpoint` says which is the newest.
    #[error("{folder}: several TensorFlow checkpoints are here ({}); name one of them", .names.join(", "))]
    Several {
        /// The folder.
        folder: PathBuf,
        /// The names of the checkpoints.
        names: Vec<String>,
    },
    /// The table of the index, or of a file in the older format, is damaged.
    #[error(
        "{path}: damaged or not a TensorFlow checkpoint: {what} (at byte {offset}); copy the file again"
    )]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
        /// Where.
        offset: u64,
    },
    /// The header is missing, damaged, or not supported.
    #[error("{path}: the header of this TensorFlow checkpoint {what}")]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong, as the rest of the sentence.
        what: String,
    },
    /// The entry of a tensor, or its bytes, are damaged or not supported.
    #[error("{path}: `{name}`: {what}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// What is wrong.
        what: String,
    },
}

impl CheckpointError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    pub(super) fn header(path: &Path, what: impl Into<String>) -> Self {
        Self::Header {
            path: path.to_path_buf(),
            what: what.into(),
        }
    }

    pub(super) fn entry(path: &Path, name: &str, what: impl Into<String>) -> Self {
        Self::Entry {
            path: path.to_path_buf(),
            name: name.to_owned(),
            what: what.into(),
        }
    }
}

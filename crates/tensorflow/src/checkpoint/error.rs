//! What is wrong with a checkpoint of TensorFlow.

use std::path::PathBuf;

/// Why a checkpoint cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A file is missing, or the system could not read it.
    #[error("could not read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A path names no checkpoint.
    #[error(
        "{path}: no TensorFlow checkpoint here: expected PREFIX.index beside PREFIX.data-…, or a file of the older format"
    )]
    NotFound {
        /// What was looked for.
        path: PathBuf,
    },
    /// A folder has several checkpoints, and no file `checkpoint` says which is the newest.
    #[error("{folder} has several TensorFlow checkpoints ({}); name one of them", .prefixes.join(", "))]
    Several {
        /// The folder.
        folder: PathBuf,
        /// Their prefixes.
        prefixes: Vec<String>,
    },
    /// The table of the index, or of a file in the older format, is damaged.
    #[error("{path}: damaged or not a TensorFlow checkpoint: {what} (at byte {offset})")]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
        /// Where.
        offset: u64,
    },
    /// An entry of the index is damaged or not supported.
    #[error("{path}: `{name}`: {what}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// The tensor, or the header.
        name: String,
        /// What is wrong.
        what: String,
    },
}

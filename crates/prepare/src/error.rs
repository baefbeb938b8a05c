//! Errors of a preparation.

use std::path::{Path, PathBuf};

use corpus::CorpusError;
use shard::ShardError;

/// An error of a preparation.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The corpus could not be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A shard or a manifest could not be read or written.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The folder, or another file in it, could not be written.
    #[error("could not write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The quality report, or a file that it is made from, could not be read or written.
    #[error("could not read or write {path}: {source}")]
    Report {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The folder exists, and is not what this job would write.
    #[error(
        "{folder} already exists, and {what}; name another folder (shards.directory), or remove it"
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// What was found there.
        what: String,
    },
    /// The caller stopped the preparation.
    #[error("stopped; nothing was written")]
    Stopped,
    /// The corpus has no examples to train on.
    #[error(
        "the corpus gives no example to train on: {documents} documents, {sentences} sentences; an example needs two sentences of one document"
    )]
    NoExamples {
        /// Documents read.
        documents: u64,
        /// Sentences of these documents.
        sentences: u64,
    },
}

impl PrepareError {
    /// The error of a file of the quality report.
    pub(crate) fn report(path: &Path, source: std::io::Error) -> Self {
        Self::Report {
            path: path.to_path_buf(),
            source,
        }
    }
}

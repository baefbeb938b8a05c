//! Errors of a preparation.

use std::path::{Path, PathBuf};

use corpus::{CorpusError, DropReport};
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
    /// The vocabulary does not fit the corpus.
    #[error(
        "{unknown} of {pieces} pieces are [UNK] ({} %): the vocabulary is not one of this text; name another (vocabulary.path), or insist with --allow-unknown",
        unknown * 100 / pieces
    )]
    MostlyUnknown {
        /// Pieces that are `[UNK]`.
        unknown: u64,
        /// All pieces.
        pieces: u64,
    },
    /// The corpus has no examples to train on.
    #[error(
        "the corpus gives no example to train on: {documents} documents, {sentences} sentences; an example needs two sentences of one document, or one sentence if pairs.objective is \"none\""
    )]
    NoExamples {
        /// Documents read.
        documents: u64,
        /// Sentences of these documents.
        sentences: u64,
    },
}

/// A preparation that ended with an error.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// The error.
    #[source]
    pub error: PrepareError,
    /// The records that were dropped until then.
    pub drops: Box<DropReport>,
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        Self {
            error,
            drops: Box::default(),
        }
    }
}

/// Refuses a vocabulary under which more than half of all pieces are `[UNK]`.
pub(crate) const fn check_unknown(unknown: u64, pieces: u64) -> Result<(), PrepareError> {
    if unknown > pieces / 2 {
        return Err(PrepareError::MostlyUnknown { unknown, pieces });
    }
    Ok(())
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

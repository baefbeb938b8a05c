//! What can go wrong with a preparation.

use std::path::PathBuf;

use corpus::CorpusError;
use shard::ShardError;

/// What went wrong with a preparation.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The shards.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The folder.
    #[error("could not write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The quality report, or what it is made of.
    #[error("could not read or write {path}: {source}")]
    Report {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Something else is there.
    #[error(
        "{folder} is there already, and {what}; name another folder (shards.directory), or remove it"
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// What is the matter.
        what: String,
    },
    /// A stop was asked for.
    #[error("stopped; nothing was written")]
    Stopped,
    /// No example came out.
    #[error(
        "the corpus gives no example to train on: {documents} documents, {sentences} sentences; an example needs two sentences of one document"
    )]
    NoExamples {
        /// Documents read.
        documents: u64,
        /// Their sentences.
        sentences: u64,
    },
}

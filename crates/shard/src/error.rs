//! What can go wrong with shards.

use std::path::PathBuf;

/// What went wrong with shards.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// A file could not be read.
    #[error("could not read {path}: {source}; `macbert prepare` makes shards")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("could not write {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// The manifest is no manifest of this version.
    #[error("{path}: {reason}; prepare the shards again")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A shard is not what its manifest says.
    #[error(
        "{path} is damaged: {what} is {found}, but the manifest says {expected}; prepare the shards again"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// As the manifest says.
        expected: String,
        /// As found.
        found: String,
    },
    /// A shard cannot be read as one.
    #[error("{path} is no shard of this version: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// The shards were made with another vocabulary.
    #[error(
        "the shards in {path} were made with the vocabulary {shards}, but the vocabulary is {vocabulary}; prepare them again, or name theirs"
    )]
    OtherVocabulary {
        /// The folder.
        path: PathBuf,
        /// SHA-256 of the shards' vocabulary.
        shards: String,
        /// SHA-256 of the vocabulary at hand.
        vocabulary: String,
    },
}

//! Errors of reading and writing shards.

use std::path::PathBuf;

/// An error of reading or writing shards.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// A file could not be read.
    #[error("could not read {path}: {source}; make shards with `macbert prepare`")]
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
    /// The manifest is damaged, or of another version.
    #[error("{path}: {reason}; prepare the shards again")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A shard differs from what the manifest says.
    #[error(
        "{path} is damaged: {what} is {found}, but the manifest says {expected}; prepare the shards again"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// The value in the manifest.
        expected: String,
        /// The value found.
        found: String,
    },
    /// A file does not have the form of a shard.
    #[error("{path} is not a shard of this version: {reason}; prepare the shards again")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The shards were made with another vocabulary.
    #[error(
        "the shards in {path} were made with the vocabulary {shards}, but the vocabulary in use is {vocabulary}; prepare them again, or use the vocabulary of the shards"
    )]
    OtherVocabulary {
        /// The folder.
        path: PathBuf,
        /// SHA-256 of the vocabulary of the shards.
        shards: String,
        /// SHA-256 of the vocabulary in use.
        vocabulary: String,
    },
}

//! What can go wrong between shards and batches.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use shard::ShardError;

/// An error on the way from shards to batches, or of an export.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The shards could not be read, or belong to another vocabulary.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// A side of a folder of shards has no example.
    #[error(
        "the shards in {folder} hold no {split} example; prepare more text, or change shards.held_out_share"
    )]
    Empty {
        /// The folder.
        folder: PathBuf,
        /// The side.
        split: &'static str,
    },
    /// A folder has so small a weight that an epoch has none of its examples.
    #[error(
        "weight {weight} of the shards in {folder} leaves none of their {n_examples} examples in an epoch; raise it, or leave the folder out"
    )]
    WeightTooSmall {
        /// The folder.
        folder: PathBuf,
        /// Its weight.
        weight: f64,
        /// How many examples it has.
        n_examples: usize,
    },
    /// Two folders of shards cannot be mixed.
    #[error(
        "cannot mix the shards in {first} with those in {second}: {what} is {found}, expected {expected}; prepare one of them again"
    )]
    CannotMix {
        /// The first folder of the mixture, which the others are compared with.
        first: PathBuf,
        /// The folder that differs.
        second: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the first folder has.
        expected: String,
        /// What the other folder has.
        found: String,
    },
    /// The loader has no further step: its range is over, or one of its threads panicked.
    #[error("a loader thread ended early")]
    LoaderEnded,
    /// A file of an export could not be written.
    #[error("could not write {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl DatasetError {
    /// The error of writing a file of an export, for any cause.
    pub(crate) fn write(path: &Path, reason: &dyn Display) -> Self {
        Self::Write {
            path: path.to_path_buf(),
            reason: reason.to_string(),
        }
    }
}

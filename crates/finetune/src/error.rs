//! What can go wrong with fine-tuning.

use std::path::{Path, PathBuf};

use model::ModelError;
use optimizer::OptimizerError;

use crate::data::error::DataError;
use crate::spans::windows::WindowError;

/// An error of fine-tuning.
#[derive(Debug, thiserror::Error)]
pub enum FinetuneError {
    /// A file of the task.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The model, or the weights of a checkpoint.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The optimizer, or the file of its state.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// A context cannot be cut into windows.
    #[error("{path}, question {id}: {source}")]
    Window {
        /// The file.
        path: PathBuf,
        /// The id of the question.
        id: String,
        /// Why.
        source: WindowError,
    },
    /// A training file has no example that can be learned.
    #[error("{path}: no question has its answer in its context, so there is nothing to learn")]
    NothingToLearn {
        /// The file.
        path: PathBuf,
    },
    /// A file of the run could not be read or written.
    #[error("could not write or read {path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A result file is not what this program writes.
    #[error(
        "{path} is not a result of this program ({reason}); remove it, and its seed is done again"
    )]
    Result {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another process works in the folder.
    #[error("another process works in {folder}; wait for it, or name another output.directory")]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds results or a checkpoint of another config.
    #[error(
        "{folder} has results or a checkpoint that were made with {key} = {found}, this config has {expected}; set it back, or name another output.directory"
    )]
    OtherRun {
        /// The folder.
        folder: PathBuf,
        /// The first key that differs.
        key: String,
        /// Its value in the folder.
        found: String,
        /// Its value now.
        expected: String,
    },
    /// The folder has the results of a seed that this config does not have.
    #[error(
        "{folder} has results of seed {seed}, which this config does not have; raise protocol.seeds, or name another output.directory"
    )]
    OtherSeed {
        /// The folder.
        folder: PathBuf,
        /// The seed.
        seed: u64,
    },
    /// Too many steps were skipped.
    #[error(
        "seed {seed}: {skipped} steps had a loss or gradient that is not finite, the last of them step {step}; lower optimizer.peak_rate, or raise optimizer.warmup_share"
    )]
    NotFinite {
        /// The seed.
        seed: u64,
        /// How many.
        skipped: u64,
        /// The last of them.
        step: u64,
    },
}

impl FinetuneError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}

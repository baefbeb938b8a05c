//! What can go wrong with a run.

use std::path::PathBuf;

use dataset::{ExampleSourceError, LoaderError};
use model::ModelError;
use optimizer::OptimizerError;

/// What went wrong with a run.
#[derive(Debug, thiserror::Error)]
pub enum TrainerError {
    /// The model or a checkpoint's weights.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The optimizer or its state's file.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// The examples.
    #[error(transparent)]
    Examples(#[from] ExampleSourceError),
    /// The loader.
    #[error(transparent)]
    Loader(#[from] LoaderError),
    /// A file of the run.
    #[error("could not write or read {path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A checkpoint is not whole.
    #[error("the checkpoint {path} is damaged: {reason}")]
    DamagedCheckpoint {
        /// Its folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No checkpoint is whole.
    #[error("none of the checkpoints in {folder} is whole ({newest}); remove them to start anew")]
    NoWholeCheckpoint {
        /// The folder of checkpoints.
        folder: PathBuf,
        /// What is wrong with the newest.
        newest: String,
    },
    /// The folder holds a run.
    #[error("{folder} holds a run already; go on with --resume, or name another output.directory")]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process trains there.
    #[error("another process trains in {folder}; wait for it, or name another output.directory")]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The run was begun with another config.
    #[error(
        "the checkpoint {path} is of a run with {key} = {found}, not {expected}; set it back, or name another output.directory"
    )]
    OtherConfig {
        /// The checkpoint.
        path: PathBuf,
        /// The first key that differs.
        key: String,
        /// As it was.
        found: String,
        /// As it is now.
        expected: String,
    },
    /// Too many updates were skipped.
    #[error(
        "{skipped} steps had a loss or gradient that is not finite, the last one step {step}; lower optimizer.peak_rate or raise warmup_steps"
    )]
    NotFinite {
        /// How many.
        skipped: u64,
        /// The last one.
        step: u64,
    },
}

impl TrainerError {
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}

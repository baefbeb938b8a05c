//! What can go wrong with a run.

use std::path::PathBuf;

use dataset::DatasetError;
use device::WorldError;
use model::ModelError;
use optimizer::OptimizerError;

/// An error of a training run.
#[derive(Debug, thiserror::Error)]
pub enum TrainerError {
    /// The model, or the weights of a checkpoint.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The optimizer, or the file of its state.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// The examples.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Another process that trains the same model failed, or is out of reach.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Processes that train together have different settings.
    #[error(
        "{ranks}: config, options or shards are not those of the other ranks; start all ranks with the same ones"
    )]
    OtherSettings {
        /// Which processes.
        ranks: String,
    },
    /// Processes that train together have different parameters.
    #[error(
        "after step {step} the parameters of {ranks} are not those of the other ranks, so its machine or its device computes otherwise; continue with --resume from a checkpoint before, without that machine"
    )]
    OtherParameters {
        /// Which processes.
        ranks: String,
        /// The step after which they were compared.
        step: u64,
    },
    /// A process cannot read the checkpoint that rank 0 starts from.
    #[error(
        "rank {rank} cannot read the checkpoint of step {step}, which rank 0 starts from ({reason}); output.directory has to be on a file system that all machines share"
    )]
    NotShared {
        /// The process.
        rank: usize,
        /// The step of the checkpoint.
        step: u64,
        /// Why.
        reason: String,
    },
    /// A file of the run could not be read or written.
    #[error("could not write or read {path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A checkpoint is damaged.
    #[error("the checkpoint {path} is damaged: {reason}")]
    DamagedCheckpoint {
        /// Its folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// All checkpoints of the run are damaged.
    #[error("all checkpoints in {folder} are damaged ({newest}); remove them to start anew")]
    NoWholeCheckpoint {
        /// The folder of checkpoints.
        folder: PathBuf,
        /// What is wrong with the newest.
        newest: String,
    },
    /// The folder holds a run, and resuming was not asked for.
    #[error(
        "{folder} holds a run already; continue it with --resume, or name another output.directory"
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process trains in the folder.
    #[error("another process trains in {folder}; wait for it, or name another output.directory")]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The checkpoint belongs to another run.
    #[error(
        "the checkpoint {path} was made with {key} = {found}, this run has {expected}, which makes it another run; set it back, or start a new run from the checkpoint (model.start_from) in another output.directory"
    )]
    OtherRun {
        /// The checkpoint.
        path: PathBuf,
        /// The first key that differs.
        key: String,
        /// Its value in the checkpoint.
        found: String,
        /// Its value in this run.
        expected: String,
    },
    /// Settings differ that may change only if the user allows it.
    #[error(
        "the checkpoint {path} was made with {found}, this run has {expected}; set it back, or add {options} to change the course of the run"
    )]
    OtherCourse {
        /// The checkpoint.
        path: PathBuf,
        /// The keys that differ, with their values in the checkpoint.
        found: String,
        /// Their values in this run.
        expected: String,
        /// The options that allow the changes.
        options: String,
    },
    /// Too many steps were skipped.
    #[error(
        "{skipped} steps had a loss or gradient that is not finite, the last of them step {step}; lower optimizer.peak_rate, or raise optimizer.warmup_steps"
    )]
    NotFinite {
        /// How many.
        skipped: u64,
        /// The last of them.
        step: u64,
    },
}

impl TrainerError {
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}

//! What a run is made of, what it says on its way, and how it ends.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use dataset::{Baseline, TrainingExamples};
use model::{BertConfig, LoadReport};
use optimizer::OptimizerOptions;

use crate::evaluate::Evaluation;
use crate::options::TrainOptions;

/// Where the weights come from.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a run has one of them")]
pub enum Start {
    /// Drawn from the seed.
    Scratch(BertConfig),
    /// Read from a checkpoint of ours or a Hugging Face folder.
    From {
        /// The checkpoint.
        checkpoint: PathBuf,
        /// Dropout of hidden states and attention shares while training, in place of the checkpoint's.
        dropout: f64,
    },
}

/// A whole run.
pub struct Run {
    /// Where it computes.
    pub device: Device,
    /// Where the weights come from.
    pub start: Start,
    /// What it trains on.
    pub train: Arc<TrainingExamples>,
    /// What it is judged by.
    pub held_out: TrainingExamples,
    /// The update.
    pub optimizer: OptimizerOptions,
    /// The loop.
    pub options: TrainOptions,
    /// Everything random follows from it.
    pub seed: u64,
    /// Where checkpoints and figures are kept.
    pub folder: PathBuf,
    /// Whether to go on from the newest whole checkpoint, if there is one.
    pub resume: bool,
    /// Names and texts of the files that a Hugging Face folder holds beside weights and config.
    pub files: Vec<(String, String)>,
    /// What decides the run's results, key by key; a checkpoint of another config is refused. The vocabulary's hash is
    /// added to it.
    pub config: BTreeMap<String, serde_json::Value>,
}

/// What a run says on its way; only the program shows it.
#[derive(Clone, Debug)]
pub enum Progress {
    /// What a checkpoint to start from held.
    Loaded(LoadReport),
    /// The run goes on from a checkpoint.
    Resumed {
        /// The checkpoint.
        path: PathBuf,
        /// Its step.
        step: u64,
    },
    /// Something to know that is no reason to stop.
    Warning(String),
    /// What guessing by frequency gives on the held-out labels.
    Baseline(Baseline),
    /// A step was done; on a GPU it may still wait in the queue.
    Step {
        /// The step.
        step: u64,
        /// Steps of the run.
        steps: u64,
        /// Mean masked loss since the last line of metrics, in nats, when losses were last read from the device; not a
        /// number where none was read yet, or every step was skipped.
        masked_loss: f64,
        /// Pieces without padding a second, since the last line of metrics.
        tokens_per_second: f64,
    },
    /// The held-out examples were evaluated.
    Evaluated {
        /// After this step.
        step: u64,
        /// The figures.
        evaluation: Evaluation,
    },
    /// A checkpoint was written and is in its place.
    Saved(PathBuf),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Steps done.
    pub step: u64,
    /// Whether a stop was asked for before the last step.
    pub stopped: bool,
    /// Steps skipped for numbers that were not finite.
    pub skipped_steps: u64,
    /// The held-out figures at the end; `None` where the run was stopped.
    pub evaluation: Option<Evaluation>,
    /// What guessing by frequency gives on the held-out labels.
    pub baseline: Baseline,
    /// The newest checkpoint.
    pub checkpoint: PathBuf,
}

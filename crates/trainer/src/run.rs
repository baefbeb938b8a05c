//! What a run consists of, and how it ended.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use dataset::{Baseline, TrainingExamples};
use device::World;
use model::BertConfig;
use optimizer::OptimizerOptions;

use crate::checkpoint::Checkpoints;
use crate::evaluate::Evaluation;
use crate::options::TrainOptions;
use crate::settings::Settings;

/// Where the weights of a new run come from.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a run has one of them")]
pub enum Start {
    /// They are drawn from the seed.
    Scratch(BertConfig),
    /// They are read from a checkpoint of this program or from a Hugging Face folder.
    From {
        /// The checkpoint.
        checkpoint: PathBuf,
        /// Dropout of hidden states and attention probabilities while training; replaces that of the checkpoint's config.
        dropout: f64,
        /// The number of pieces of the checkpoint's own vocabulary. It begins with the pieces of the shards' vocabulary, and
        /// may have more: words that were added to the tokenizer.
        n_pieces: usize,
        /// Whether the checkpoint's encoder may be incomplete ([`model::LoadOptions`]).
        partial: bool,
    },
}

impl Start {
    /// Dropout of hidden states and of attention probabilities while training.
    pub(crate) const fn dropout(&self) -> [f64; 2] {
        match self {
            Self::Scratch(config) => [
                config.hidden_dropout_prob,
                config.attention_probs_dropout_prob,
            ],
            Self::From { dropout, .. } => [*dropout, *dropout],
        }
    }
}

/// Held-out examples under another objective than the run's own. Runs with different objectives can be compared under it.
#[derive(Clone)]
pub struct Judge {
    /// The name in `metrics.jsonl`.
    pub name: String,
    /// The examples, with the pairs and masks of the judge.
    pub examples: Arc<TrainingExamples>,
}

/// Everything that a run is made of.
pub struct Run {
    /// The device that computes.
    pub device: Device,
    /// The processes that train together. Each has a device and a run of its own, with the same settings.
    pub world: World,
    /// Where the weights come from if the run is new.
    pub start: Start,
    /// The examples to train on.
    pub train: Arc<TrainingExamples>,
    /// The examples to evaluate on; `None` if no document is held out. The run then trains without evaluation.
    pub held_out: Option<TrainingExamples>,
    /// Other objectives to evaluate the model under, each time that it is evaluated.
    pub judges: Vec<Judge>,
    /// The optimizer and its constants.
    pub optimizer: OptimizerOptions,
    /// Steps, batch, and how often things are done (`[train]`).
    pub options: TrainOptions,
    /// The seed of initial weights and shuffled labels. The examples have a seed of their own, usually the same.
    pub seed: u64,
    /// The folder of the run: checkpoints and metrics are written there.
    pub folder: PathBuf,
    /// Whether to continue from the newest whole checkpoint of the folder, if there is one.
    pub resume: bool,
    /// The files that each checkpoint gets in addition to weights and config, such as vocabulary and tokenizer files: their
    /// contents by their names.
    pub files: BTreeMap<String, String>,
    /// The settings that determine the results. They say which checkpoints the run continues from.
    pub settings: Settings,
}

impl Run {
    /// The checkpoints of the run's folder.
    pub(crate) fn checkpoints(&self) -> Checkpoints {
        let folder = self.folder.join("checkpoints");
        Checkpoints::new(&folder, self.options.keep_checkpoints)
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Number of steps done.
    pub step: u64,
    /// Whether the run was stopped before its last step.
    pub stopped: bool,
    /// Number of steps whose update was skipped, because a loss or gradient was not finite.
    pub skipped_steps: u64,
    /// Number of pieces in the examples of these steps, without padding.
    pub n_pieces: u64,
    /// The metrics on the held-out examples after the last step; `None` if the run was stopped, or if nothing is held out.
    pub evaluation: Option<Evaluation>,
    /// The unigram baseline on the held-out labels; `None` if nothing is held out.
    pub baseline: Option<Baseline>,
    /// The newest checkpoint.
    pub checkpoint: PathBuf,
}

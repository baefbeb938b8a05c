//! The sections `[train]` and `[optimizer]` of a task's config.

use model::Precision;
use optimizer::{OptimizerName, OptimizerOptions, Schedule};
use serde::{Deserialize, Serialize};

/// Epochs and batch (`[train]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingOptions {
    /// How often each training example is read.
    pub epochs: u64,
    /// Examples of a step. Windows of a long context are an example each. The last step of an epoch has those that are left.
    pub examples_per_step: usize,
    /// The most pieces that are computed at once. A step sums the gradients of as many micro-batches as it needs.
    pub pieces_per_micro_batch: usize,
    /// Steps from one checkpoint to the next; every epoch ends with one. It decides how much a stop costs, and nothing else.
    pub checkpoint_every: u64,
    /// Steps from one point of the curves to the next.
    pub log_every: u64,
    /// How many steps of a seed may have a loss or gradient that is not finite. Their updates are skipped; one more such step
    /// ends the run.
    pub max_skipped_steps: u64,
    /// The precision of matrix products while training. Not every device has `bf16`.
    #[serde(default)]
    pub precision: Precision,
}

/// The optimizer and its learning rate (`[optimizer]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskOptimizerOptions {
    /// Which optimizer.
    pub name: OptimizerName,
    /// The learning rate at the end of the warm-up.
    pub peak_rate: f64,
    /// The share of all steps in which the learning rate rises.
    pub warmup_share: f64,
    /// How steps of warm-up and decay are counted.
    #[serde(default)]
    pub schedule: Schedule,
    /// β₁: how much of the first moment an update keeps.
    pub beta1: f64,
    /// β₂: how much of the second moment an update keeps.
    pub beta2: f64,
    /// ε: added to the square root of the second moment.
    pub epsilon: f64,
    /// λ: weight decay. Biases and layer norms have none.
    pub weight_decay: f64,
    /// The largest global norm of gradients; larger ones are clipped to it.
    pub clip_norm: f64,
}

impl TrainingOptions {
    /// Looks for an impossible value. The message names the key.
    pub fn problem(&self) -> Option<String> {
        let keys = [
            ("epochs", self.epochs),
            ("examples_per_step", self.examples_per_step as u64),
            ("pieces_per_micro_batch", self.pieces_per_micro_batch as u64),
            ("checkpoint_every", self.checkpoint_every),
            ("log_every", self.log_every),
        ];
        let zero = keys.iter().find(|(_, value)| *value == 0);
        zero.map(|(key, _)| format!("train.{key}: expected at least 1, found 0"))
    }

    /// The steps of an epoch of so many examples.
    pub(crate) fn steps_per_epoch(&self, n_examples: usize) -> u64 {
        n_examples.div_ceil(self.examples_per_step) as u64
    }
}

impl TaskOptimizerOptions {
    /// Looks for an impossible value. The message names the key.
    pub fn problem(&self) -> Option<String> {
        let share = self.warmup_share;
        if !(0.0..1.0).contains(&share) {
            return Some(format!(
                "optimizer.warmup_share: expected a share from 0 to below 1, found {share}"
            ));
        }
        self.for_steps(1).problem(1)
    }

    /// Returns the options of a run of so many steps. Programs round the steps of the warm-up down.
    pub(crate) fn for_steps(&self, steps: u64) -> OptimizerOptions {
        OptimizerOptions {
            name: self.name,
            peak_rate: self.peak_rate,
            warmup_steps: (self.warmup_share * steps as f64) as u64,
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            momentum: None, // `muon` has its published one
            weight_decay: self.weight_decay,
            clip_norm: self.clip_norm,
        }
    }
}

//! `[optimizer]` and `[train]` of a config.

use serde::{Deserialize, Serialize};

/// Which update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Decoupled weight decay, bias-corrected.
    Adamw,
    /// You et al. 2020, algorithm 2, without clipping.
    Lamb,
    /// The same with the global norm clipped.
    LambClipped,
    /// NVIDIA's form: no trust ratio on tensors without decay.
    LambNvidia,
}

/// The update (`[optimizer]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerOptions {
    /// Which update.
    pub name: OptimizerName,
    /// The rate at the end of the warm-up.
    pub peak_rate: f64,
    /// Steps of linear warm-up.
    pub warmup_steps: u64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decay of weights; none on biases and layer norms.
    pub weight_decay: f64,
    /// The global norm that gradients are clipped to; `lamb` does not clip.
    pub clip_norm: f64,
}

/// The loop (`[train]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainOptions {
    /// Updates.
    pub steps: u64,
    /// Examples of an update.
    pub examples_per_step: usize,
    /// Examples computed at once; an update adds up as many micro-batches as it needs.
    pub micro_batch: usize,
    /// Steps between evaluations.
    pub evaluate_every: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
    /// Checkpoints kept.
    pub keep_checkpoints: usize,
    /// Steps with a loss or gradient that is not finite before the run stops.
    pub max_skipped_steps: u64,
    /// Steps between lines of metrics.
    pub log_every: u64,
    /// Threads that draw examples.
    pub loader_threads: usize,
}

impl OptimizerOptions {
    /// What cannot be, as a sentence that names the key.
    pub fn problem(&self, steps: u64) -> Option<String> {
        let share = |value: f64| (0.0..1.0).contains(&value);
        if !(self.peak_rate > 0.0 && self.peak_rate.is_finite()) {
            Some(format!(
                "optimizer.peak_rate: expected a number above 0, found {}",
                self.peak_rate
            ))
        } else if !share(self.beta1) || !share(self.beta2) {
            Some("optimizer.beta1 and beta2: expected numbers from 0 to below 1".to_owned())
        } else if self.warmup_steps >= steps {
            Some(format!(
                "optimizer.warmup_steps: {} is not below train.steps ({steps})",
                self.warmup_steps
            ))
        } else if self.clip_norm <= 0.0 {
            Some(format!(
                "optimizer.clip_norm: expected a number above 0, found {}",
                self.clip_norm
            ))
        } else {
            None
        }
    }
}

impl TrainOptions {
    /// What cannot be, as a sentence that names the key.
    pub fn problem(&self) -> Option<String> {
        let keys = [
            ("steps", self.steps),
            ("examples_per_step", self.examples_per_step as u64),
            ("micro_batch", self.micro_batch as u64),
            ("evaluate_every", self.evaluate_every),
            ("checkpoint_every", self.checkpoint_every),
            ("keep_checkpoints", self.keep_checkpoints as u64),
            ("log_every", self.log_every),
            ("loader_threads", self.loader_threads as u64),
        ];
        let zero = keys.iter().find(|(_, value)| *value == 0);
        zero.map(|(key, _)| format!("train.{key}: expected at least 1, found 0"))
    }
}

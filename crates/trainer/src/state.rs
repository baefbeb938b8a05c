//! The state of a run between two steps: exactly what a checkpoint holds.

use std::collections::BTreeMap;

use dataset::StepBatch;
use model::BertForPreTraining;
use optimizer::{OptimizerState, StepStats};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::settings::SettingChange;

/// The state of a run between two steps.
pub(crate) struct Training {
    /// The model with its weights.
    pub model: BertForPreTraining,
    /// The state of the optimizer.
    pub moments: OptimizerState,
    /// Everything else.
    pub state: RunState,
}

/// The state of a run apart from weights and moments: `state.json` of a checkpoint.
///
/// A checkpoint is made only when the statistics of all steps so far were read and counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunState {
    /// Number of steps done. It determines the examples that the loader draws next.
    pub step: u64,
    /// Number of updates: steps that were not skipped.
    pub n_updates: u64,
    /// Number of steps whose update was skipped, because a loss or gradient was not finite.
    pub skipped_steps: u64,
    /// The epoch of the last example read, from 0.
    pub epoch: u64,
    /// Number of pieces in the examples of all steps, without padding. Older checkpoints do not have it, so a run
    /// that continues from one counts the pieces of later steps only.
    #[serde(default)]
    pub n_pieces: u64,
    /// Size of `metrics.jsonl` after these steps, in bytes.
    pub metrics_bytes: u64,
    /// Statistics since the last line of metrics.
    pub window: Window,
    /// The settings that determine the results, by key: seed, shards, vocabulary, model, optimizer, …
    pub config: BTreeMap<String, Value>,
    /// The settings that changed in the course of the run, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<SettingChange>,
}

impl RunState {
    /// The state before the first step.
    pub(crate) fn new(config: BTreeMap<String, Value>) -> Self {
        Self {
            step: 0,
            n_updates: 0,
            skipped_steps: 0,
            epoch: 0,
            n_pieces: 0,
            metrics_bytes: 0,
            window: Window::default(),
            config,
            changes: Vec::new(),
        }
    }

    /// Moves on by a step. Its statistics may stay on the device for a while.
    pub(crate) fn advance(&mut self, batch: &StepBatch) {
        self.step = batch.step;
        self.epoch = batch.epoch;
        self.n_pieces += batch.n_tokens;
    }

    /// Counts a step whose statistics were read. Steps are counted in their order.
    pub(crate) fn count(&mut self, stats: &StepStats<2>) {
        if stats.skipped {
            self.skipped_steps += 1;
        } else {
            self.n_updates += 1;
            self.window.add(stats);
        }
    }
}

/// Sums over the steps since the last line of metrics, without skipped ones.
///
/// A checkpoint between two lines holds these sums, so that the next line is the same with and without a stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    n_steps: u64,
    masked_loss: f64,
    order_loss: f64,
    gradient_norm: f64,
}

impl Window {
    fn add(&mut self, stats: &StepStats<2>) {
        let [masked_loss, order_loss] = stats.losses;
        self.n_steps += 1;
        self.masked_loss += masked_loss;
        self.order_loss += order_loss;
        self.gradient_norm += stats.gradient_norm;
    }

    /// Mean masked loss in nats; not a number if no step was counted.
    pub(crate) fn masked_loss(&self) -> f64 {
        self.masked_loss / self.n_steps as f64
    }

    /// Mean order loss in nats; not a number if no step was counted.
    pub(crate) fn order_loss(&self) -> f64 {
        self.order_loss / self.n_steps as f64
    }

    /// Mean gradient norm before clipping; not a number if no step was counted.
    pub(crate) fn gradient_norm(&self) -> f64 {
        self.gradient_norm / self.n_steps as f64
    }
}

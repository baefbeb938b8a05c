//! Where a run is: exactly what a checkpoint holds.

use std::collections::BTreeMap;

use dataset::StepBatch;
use model::BertForPreTraining;
use optimizer::{OptimizerState, StepStats};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A run between two steps.
pub(crate) struct Training {
    /// The weights.
    pub model: BertForPreTraining,
    /// What the optimizer remembers.
    pub moments: OptimizerState,
    /// The rest.
    pub state: RunState,
    /// The step that this process last began or read a checkpoint of.
    pub saved_step: Option<u64>,
}

/// Where a run is, besides its weights and moments (`state.json` of a checkpoint, which is only taken when the figures of
/// all steps so far were counted).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunState {
    /// Steps done; the loader's place follows from it.
    pub step: u64,
    /// Updates done: steps that were not skipped.
    pub n_updates: u64,
    /// Steps skipped for numbers that were not finite.
    pub skipped_steps: u64,
    /// The epoch of the last example seen, from 0.
    pub epoch: u64,
    /// Bytes of `metrics.jsonl` that belong to these steps.
    pub metrics_bytes: u64,
    /// Means since the last line of metrics.
    pub window: Window,
    /// What decides the run's results, key by key: seed, shards, vocabulary, model, optimizer, …
    pub config: BTreeMap<String, Value>,
}

impl RunState {
    /// Before the first step.
    pub(crate) fn new(config: BTreeMap<String, Value>) -> Self {
        Self {
            step: 0,
            n_updates: 0,
            skipped_steps: 0,
            epoch: 0,
            metrics_bytes: 0,
            window: Window::default(),
            config,
        }
    }

    /// A step was begun; its figures may lie on the device for a while.
    pub(crate) fn advance(&mut self, batch: &StepBatch) {
        self.step = batch.step;
        self.epoch = batch.epoch;
    }

    /// Counts a step of which the figures were read; steps come in their order.
    pub(crate) fn count(&mut self, step: &StepStats) {
        if step.skipped {
            self.skipped_steps += 1;
        } else {
            self.n_updates += 1;
            self.window.add(step);
        }
    }
}

/// Sums over the steps since the last line of metrics, skipped ones left out. A checkpoint between two lines holds
/// them, so that the next line is the same with and without a stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    n_steps: u64,
    masked_loss: f64,
    order_loss: f64,
    gradient_norm: f64,
}

impl Window {
    fn add(&mut self, step: &StepStats) {
        self.n_steps += 1;
        self.masked_loss += step.masked_loss;
        self.order_loss += step.order_loss;
        self.gradient_norm += step.gradient_norm;
    }

    /// Mean masked loss, in nats; not a number where no step counts.
    pub(crate) fn masked_loss(&self) -> f64 {
        self.masked_loss / self.n_steps as f64
    }

    /// Mean order loss, in nats; not a number where no step counts.
    pub(crate) fn order_loss(&self) -> f64 {
        self.order_loss / self.n_steps as f64
    }

    /// Mean global norm before clipping; not a number where no step counts.
    pub(crate) fn gradient_norm(&self) -> f64 {
        self.gradient_norm / self.n_steps as f64
    }
}

//! What a run of fine-tuning is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::tensor::Device;
use serde_json::Value;

use crate::options::protocol::ProtocolOptions;
use crate::options::training::{TaskOptimizerOptions, TrainingOptions};
use crate::tasks::set::TaskSet;
use crate::tasks::task::Task;

/// The encoder that every seed starts from.
#[derive(Clone, Debug)]
pub struct StartFrom {
    /// The checkpoint. Its tokenizer is that of the task.
    pub checkpoint: PathBuf,
    /// Whether only the sizes of the checkpoint are taken, and all weights are drawn from the seed.
    pub random_weights: bool,
    /// Dropout of hidden states and attention probabilities while training.
    pub dropout: f64,
}

/// Everything that a run of fine-tuning is made of.
pub struct Run {
    /// The name of the task in tables.
    pub name: String,
    /// The device that computes.
    pub device: Device,
    /// The encoder.
    pub start: StartFrom,
    /// The task.
    pub task: Task,
    /// The training file.
    pub train: TaskSet,
    /// The file that epochs are selected on. It is also the reported one if `report` is `None`.
    pub dev: Option<TaskSet>,
    /// The reported file.
    pub report: Option<TaskSet>,
    /// The optimizer.
    pub optimizer: TaskOptimizerOptions,
    /// Epochs and batch.
    pub training: TrainingOptions,
    /// Seeds and selection.
    pub protocol: ProtocolOptions,
    /// Where the run writes.
    pub folder: PathBuf,
    /// The files of a finished model beside weights and config, such as the tokenizer's: their contents by their names.
    pub files: BTreeMap<String, String>,
    /// What decides the results: options, and hashes of the files. Results of something else are refused.
    pub made_with: BTreeMap<String, Value>,
}

impl Run {
    /// The steps of a seed.
    pub fn steps(&self) -> u64 {
        let per_epoch = self.training.steps_per_epoch(self.train.examples.len());
        per_epoch * self.training.epochs
    }

    /// The score by which an epoch is selected; `None` for the last epoch.
    pub(crate) fn select_by(&self) -> Option<&str> {
        let protocol = &self.protocol;
        protocol.selects().then_some(protocol.select_by.as_str())
    }

    /// The file that epochs are selected on.
    pub(crate) fn selection_set(&self) -> Option<&TaskSet> {
        self.dev.as_ref()
    }

    /// The reported file.
    pub(crate) fn report_set(&self) -> &TaskSet {
        let set = self.report.as_ref().or(self.dev.as_ref());
        set.expect("a run has a file to report")
    }
}

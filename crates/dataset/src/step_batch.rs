//! All examples of a training step.

use rand::seq::SliceRandom as _;
use repro::{Purpose, generator};

use crate::batch::Batch;

/// All examples of a training step, in micro-batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepBatch {
    /// The step, from 1.
    pub step: u64,
    /// The epoch of the step's last example, from 0.
    pub epoch: u64,
    /// The examples.
    pub micro_batches: Vec<Batch>,
    /// Masked positions of the whole step: the masked loss is divided by this number.
    pub n_labels: u64,
    /// Order labels of the whole step: the order loss is divided by this number.
    pub n_order_labels: u64,
    /// Pieces of the whole step without padding.
    pub n_tokens: u64,
}

impl StepBatch {
    /// Counts the labels and pieces of the micro-batches of a step.
    pub fn new(step: u64, epoch: u64, micro_batches: Vec<Batch>) -> Self {
        let sum = |count: fn(&Batch) -> u64| micro_batches.iter().map(count).sum();
        Self {
            step,
            epoch,
            n_labels: sum(|batch| batch.masked_labels.len() as u64),
            n_order_labels: sum(Batch::n_order_labels),
            n_tokens: sum(Batch::n_tokens),
            micro_batches,
        }
    }

    /// Shuffles the masked labels over all masked positions of the step.
    ///
    /// This is a control: from such labels a model can learn their frequencies and nothing else. So its held-out loss has to
    /// stay near the unigram baseline; if it falls below, the model sees the labels in some other way.
    pub fn shuffle_labels(&mut self, seed: u64) {
        let batches = self.micro_batches.iter();
        let mut labels: Vec<i32> = batches
            .flat_map(|batch| batch.masked_labels.iter().copied())
            .collect();
        labels.shuffle(&mut generator(seed, Purpose::ShuffledLabels, self.step, 0));
        let positions = self.micro_batches.iter_mut();
        let positions = positions.flat_map(|batch| &mut batch.masked_labels);
        for (position, label) in positions.zip(labels) {
            *position = label;
        }
    }
}

//! The evaluation of a model on held-out examples with fixed masks (method §6).

use burn::module::Module;
use dataset::{Batch, TrainingExamples, evaluation_batches};
use device::numbers;
use masking::Kind;
use model::{
    BertForPreTraining, Labelled, Output, masked_cross_entropy, n_correct, order_cross_entropy,
    predictions,
};

use crate::error::TrainerError;
use crate::step::model_input;

/// The masked positions of a kind, and how many of them the model predicts correctly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// Number of masked positions.
    pub n_labels: u64,
    /// Number of those at which the likeliest piece is the label.
    pub n_correct: u64,
}

impl KindCounts {
    /// The accuracy, 0 to 1; `None` if there is no masked position of the kind.
    pub fn accuracy(&self) -> Option<f64> {
        (self.n_labels > 0).then(|| self.n_correct as f64 / self.n_labels as f64)
    }
}

/// The metrics of a model on held-out examples (method §6). A mean over no labels is not a number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Mean masked cross-entropy, in nats.
    pub masked_loss: f64,
    /// The perplexity: e to the power of the masked loss.
    pub perplexity: f64,
    /// Mean order cross-entropy, in nats.
    pub order_loss: f64,
    /// The share of order labels that are predicted correctly, 0 to 1.
    pub order_accuracy: f64,
    /// Counts of each kind of masked position; the index is the kind's code.
    pub by_kind: [KindCounts; 5],
    /// Number of examples.
    pub n_examples: u64,
}

impl Evaluation {
    /// The accuracy at the masked positions of a kind, 0 to 1; `None` if there are none.
    pub fn accuracy(&self, kind: Kind) -> Option<f64> {
        self.by_kind[kind as usize].accuracy()
    }

    /// The accuracy at all masked positions, 0 to 1.
    pub fn masked_accuracy(&self) -> f64 {
        let sum = |of: fn(&KindCounts) -> u64| self.by_kind.iter().map(of).sum::<u64>() as f64;
        sum(|counts| counts.n_correct) / sum(|counts| counts.n_labels).max(1.0)
    }
}

/// Yields the names and counts of the kinds that occur in an evaluation.
pub fn kinds(
    evaluation: &Evaluation,
) -> impl Iterator<Item = (&'static str, KindCounts)> + use<'_> {
    let counts = |kind: Kind| (kind.name(), evaluation.by_kind[kind as usize]);
    Kind::ALL
        .into_iter()
        .map(counts)
        .filter(|(_, counts)| counts.n_labels > 0)
}

/// Evaluates a model on all examples of a side, in batches and without dropout.
pub fn evaluate(
    model: &BertForPreTraining,
    examples: &TrainingExamples,
    batch_size: usize,
) -> Result<Evaluation, TrainerError> {
    let model = Module::valid(model);
    let device = model.device();
    let mut sums = Sums::default();
    for batch in evaluation_batches(examples, batch_size) {
        let batch = batch?;
        let output = model.forward(&model_input(&batch, &device), &batch.masked_indices);
        sums.add(&batch, &output);
    }
    Ok(sums.means())
}

/// Sums over the batches of an evaluation: losses in nats, and counts.
#[derive(Default)]
struct Sums {
    masked_loss: f64,
    by_kind: [KindCounts; 5],
    order_loss: f64,
    n_order_correct: u64,
    n_order_labels: u64,
    n_examples: u64,
}

impl Sums {
    fn add(&mut self, batch: &Batch, output: &Output) {
        self.n_examples += batch.n_examples as u64;
        if let Some(logits) = &output.masked_logits {
            let losses = masked_cross_entropy(logits, &batch.masked_labels);
            self.masked_loss += numbers(losses).iter().sum::<f64>();
            let labels = batch.masked_kinds.iter().zip(&batch.masked_labels);
            for ((kind, label), found) in labels.zip(predictions(logits)) {
                let counts = &mut self.by_kind[*kind as usize];
                counts.n_labels += 1;
                counts.n_correct += u64::from(found == *label);
            }
        }
        if let Some(Labelled { logits, labels }) =
            Labelled::of(&output.order_logits, &batch.order_labels)
        {
            let losses = order_cross_entropy(&logits, &labels);
            self.order_loss += numbers(losses).iter().sum::<f64>();
            self.n_order_correct += n_correct(&logits, &labels);
            self.n_order_labels += labels.len() as u64;
        }
    }

    fn means(&self) -> Evaluation {
        let n_labels = self.by_kind.iter().map(|counts| counts.n_labels);
        let masked_loss = self.masked_loss / n_labels.sum::<u64>() as f64;
        let n_order_labels = self.n_order_labels as f64;
        Evaluation {
            masked_loss,
            perplexity: masked_loss.exp(),
            order_loss: self.order_loss / n_order_labels,
            order_accuracy: self.n_order_correct as f64 / n_order_labels,
            by_kind: self.by_kind,
            n_examples: self.n_examples,
        }
    }
}

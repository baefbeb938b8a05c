//! What a model has learnt, on held-out examples with fixed masks (method §6).

use batch::{TrainingExamples, evaluation_batches};
use masking::Kind;
use model::{
    BertForPreTraining, masked_cross_entropy, n_correct, order_cross_entropy, predictions,
};
use serde::{Deserialize, Serialize};

use crate::error::TrainerError;
use crate::step::model_input;

/// Labels of a kind, and how many of them the model restores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCounts {
    /// Masked positions.
    pub n_labels: u64,
    /// Those where the likeliest piece is the label.
    pub n_correct: u64,
}

impl KindCounts {
    /// The share that is restored, 0 to 1; `None` where there is no label.
    pub fn accuracy(&self) -> Option<f64> {
        (self.n_labels > 0).then(|| self.n_correct as f64 / self.n_labels as f64)
    }
}

/// Figures of a model on the held-out examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Mean masked cross-entropy, in nats.
    pub masked_loss: f64,
    /// e to the power of it.
    pub perplexity: f64,
    /// Mean order cross-entropy, in nats.
    pub order_loss: f64,
    /// The share of examples whose order is told.
    pub order_accuracy: f64,
    /// By kind, in the order of their codes.
    pub by_kind: [KindCounts; 5],
    /// Held-out examples.
    pub n_examples: u64,
}

impl Evaluation {
    /// The accuracy at positions of a kind.
    pub fn accuracy(&self, kind: Kind) -> Option<f64> {
        self.by_kind[kind as usize].accuracy()
    }

    /// The accuracy at all masked positions.
    pub fn masked_accuracy(&self) -> f64 {
        let sum = |of: fn(&KindCounts) -> u64| self.by_kind.iter().map(of).sum::<u64>() as f64;
        sum(|counts| counts.n_correct) / sum(|counts| counts.n_labels).max(1.0)
    }
}

/// The kinds that occur in an evaluation, with their names.
pub fn kinds(
    evaluation: &Evaluation,
) -> impl Iterator<Item = (&'static str, KindCounts)> + use<'_> {
    let counts = |kind: Kind| (kind.name(), evaluation.by_kind[kind as usize]);
    Kind::ALL
        .into_iter()
        .map(counts)
        .filter(|(_, counts)| counts.n_labels > 0)
}

/// Evaluates a model on all examples of a side, without dropout.
pub fn evaluate(
    model: &BertForPreTraining,
    examples: &TrainingExamples,
    batch_size: usize,
) -> Result<Evaluation, TrainerError> {
    let model = burn::module::Module::valid(model);
    let device = model.device();
    let mut evaluation = Evaluation::default();
    let (mut masked_sum, mut order_sum, mut order_correct, mut n_order) = (0.0, 0.0, 0, 0);
    for batch in evaluation_batches(examples, batch_size) {
        let batch = batch?;
        let output = model.forward(&model_input(&batch, &device), &batch.masked_indices);
        if let Some(logits) = &output.masked_logits {
            let losses = masked_cross_entropy(logits, &batch.masked_labels).into_data();
            masked_sum += losses.iter::<f64>().sum::<f64>();
            let found = predictions(logits);
            for ((kind, label), found) in batch
                .masked_kinds
                .iter()
                .zip(&batch.masked_labels)
                .zip(found)
            {
                let counts = &mut evaluation.by_kind[*kind as usize];
                counts.n_labels += 1;
                counts.n_correct += u64::from(found == *label);
            }
        }
        if !batch.order_labels.is_empty() {
            let losses = order_cross_entropy(&output.order_logits, &batch.order_labels).into_data();
            order_sum += losses.iter::<f64>().sum::<f64>();
            order_correct += n_correct(&output.order_logits, &batch.order_labels);
            n_order += batch.order_labels.len() as u64;
        }
        evaluation.n_examples += batch.n_examples as u64;
    }
    let n_labels: u64 = evaluation
        .by_kind
        .iter()
        .map(|counts| counts.n_labels)
        .sum();
    evaluation.masked_loss = masked_sum / n_labels.max(1) as f64;
    evaluation.perplexity = evaluation.masked_loss.exp();
    evaluation.order_loss = order_sum / n_order.max(1) as f64;
    evaluation.order_accuracy = order_correct as f64 / n_order.max(1) as f64;
    Ok(evaluation)
}

//! The step's loss, and what is counted beside it.
//!
//! Dimensions: `m` masked positions of the batch, `v` pieces, `b` examples.

use burn::tensor::Tensor;

use crate::ops;

/// A batch's part of its step's loss, in nats. Sums over the batches of a step are the step's loss.
#[derive(Clone, Debug)]
pub struct Loss {
    /// Masked cross-entropy, summed here and divided by the labels of the step, `[1]`.
    pub masked: Tensor<1>,
    /// Order cross-entropy, summed here and divided by the order labels of the step, `[1]`.
    pub order: Tensor<1>,
    /// Their sum, unweighted \[J\], `[1]`.
    pub total: Tensor<1>,
}

/// What a batch is to be restored to.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The masked positions in the flattened padded batch, `example · s + position`.
    pub masked_indices: &'a [i32],
    /// Their pieces.
    pub masked: &'a [i32],
    /// 0 in order, 1 swapped; empty for an objective without.
    pub order: &'a [i32],
    /// Masked positions of the whole step.
    pub n_of_step: u64,
    /// Order labels of the whole step.
    pub n_order_of_step: u64,
}

impl Loss {
    /// From the masked part, divided by the step's labels, `[1]`, and the order logits, `[b, 2]`.
    pub(crate) fn of(
        masked: Option<Tensor<1>>,
        order_logits: &Tensor<2>,
        order_labels: &[i32],
        n_order_labels_of_step: u64,
    ) -> Self {
        // Bound to the model, so that a backward pass through it finds a graph.
        let nothing = || order_logits.clone().sum() * 0.0;
        let masked = masked.unwrap_or_else(nothing);
        let order = match order_labels {
            [] => nothing(),
            labels => {
                order_cross_entropy(order_logits, labels).sum() / n_order_labels_of_step as f64
            }
        };
        Self {
            total: masked.clone() + order.clone(),
            masked,
            order,
        }
    }
}

/// Cross-entropy at each masked position in nats, `[m, v]` to `[m]`.
pub fn masked_cross_entropy(masked_logits: &Tensor<2>, labels: &[i32]) -> Tensor<1> {
    row_losses(masked_logits, labels)
}

/// Cross-entropy of each example's order in nats, `[b, 2]` to `[b]`.
pub fn order_cross_entropy(order_logits: &Tensor<2>, labels: &[i32]) -> Tensor<1> {
    row_losses(order_logits, labels)
}

/// The likeliest class of each row, `[m, c]` to `m` ids.
pub fn predictions(logits: &Tensor<2>) -> Vec<i32> {
    let best = logits.clone().without_autodiff().argmax(1);
    best.into_data().iter::<i64>().map(|id| id as i32).collect()
}

/// How many rows have their label as the likeliest class.
pub fn n_correct(logits: &Tensor<2>, labels: &[i32]) -> u64 {
    predictions(logits)
        .iter()
        .zip(labels)
        .filter(|(found, label)| found == label)
        .count() as u64
}

fn row_losses(logits: &Tensor<2>, labels: &[i32]) -> Tensor<1> {
    assert_eq!(logits.dims()[0], labels.len(), "one label a row of logits");
    let labels = device::integers(labels, &logits.device());
    ops::cross_entropy(logits.clone(), labels)
}

//! The loss of a step, and the number of correct predictions.
//!
//! Dimensions: `m` masked positions of the batch, `v` pieces of the vocabulary, `b` examples, `l` examples with an order
//! label, `c` classes.

use burn::tensor::Tensor;
use device::integers;

use crate::ops::reference::loss::cross_entropy;

/// A batch's part of the loss of its step, in nats. The parts of all batches of a step add up to the loss of the step.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The batch's sum of masked cross-entropies, divided by the number of labels of the step, `[1]`; `None` if the
    /// batch has no masked positions.
    pub masked: Option<Tensor<1>>,
    /// The batch's sum of order cross-entropies, divided by the number of order labels of the step, `[1]`; `None` if the
    /// batch has no order labels.
    pub order: Option<Tensor<1>>,
}

/// The labels of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The masked positions as indices into the flattened padded batch, `example · s + position`, `[m]`.
    pub masked_indices: &'a [i32],
    /// The original pieces there, `[m]`.
    pub masked: &'a [i32],
    /// 0 in order, 1 swapped, below 0 for an example without a label, `[b]`; empty if no example has one.
    pub order: &'a [i32],
    /// The number of masked positions of the whole step.
    pub n_of_step: u64,
    /// The number of order labels of the whole step.
    pub n_order_of_step: u64,
}

impl Loss {
    /// Adds the parts up, unweighted \[J\], `[1]`; `None` if the batch has no labels.
    ///
    /// A part without labels is no part of the sum, not even as a zero. So the backward pass gives no gradient to the
    /// parameters that only this part reads, and an optimizer leaves them as they are (method §5).
    pub fn total(&self) -> Option<Tensor<1>> {
        match (&self.masked, &self.order) {
            (Some(masked), Some(order)) => Some(masked.clone() + order.clone()),
            (masked, order) => masked.clone().or_else(|| order.clone()),
        }
    }
}

/// Computes the cross-entropy at each masked position in nats, `[m, v]` to `[m]`.
pub fn masked_cross_entropy(masked_logits: &Tensor<2>, labels: &[i32]) -> Tensor<1> {
    row_losses(masked_logits, labels)
}

/// The examples of a batch that have an order label.
pub struct Labelled {
    /// Their order logits, `[l, 2]`.
    pub logits: Tensor<2>,
    /// Their labels, `[l]`.
    pub labels: Vec<i32>,
}

impl Labelled {
    /// Leaves out the examples without an order label, whose label is below 0; `None` if none has one. `order_logits` are
    /// `[b, 2]`, and `order_labels` are `[b]` or empty.
    pub fn of(order_logits: &Tensor<2>, order_labels: &[i32]) -> Option<Self> {
        let labels: Vec<i32> = order_labels.iter().copied().filter(|l| *l >= 0).collect();
        if labels.is_empty() {
            return None;
        }
        if labels.len() == order_labels.len() {
            let logits = order_logits.clone();
            return Some(Self { logits, labels });
        }
        let rows = (0..).zip(order_labels);
        let rows: Vec<i32> = rows.filter(|(_, l)| **l >= 0).map(|(row, _)| row).collect();
        let rows = integers(&rows, &order_logits.device());
        let logits = order_logits.clone().select(0, rows);
        Some(Self { logits, labels })
    }
}

/// Computes the cross-entropy of each example's order in nats, `[b, 2]` to `[b]`.
pub fn order_cross_entropy(order_logits: &Tensor<2>, labels: &[i32]) -> Tensor<1> {
    row_losses(order_logits, labels)
}

/// Returns the likeliest class of each row, `[m, c]` to `m` ids; the first of equal ones.
pub fn predictions(logits: &Tensor<2>) -> Vec<i32> {
    let best = logits.clone().without_autodiff().argmax(1);
    best.into_data().iter::<i64>().map(|id| id as i32).collect()
}

/// Counts the rows whose label is the likeliest class.
pub fn n_correct(logits: &Tensor<2>, labels: &[i32]) -> u64 {
    predictions(logits)
        .iter()
        .zip(labels)
        .filter(|(found, label)| found == label)
        .count() as u64
}

fn row_losses(logits: &Tensor<2>, labels: &[i32]) -> Tensor<1> {
    assert_eq!(logits.dims()[0], labels.len(), "one label per row");
    let labels = integers(labels, &logits.device());
    cross_entropy(logits.clone(), labels)
}

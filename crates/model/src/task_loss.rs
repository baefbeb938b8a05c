//! The losses of tasks. Each is a batch's part of the loss of its step: sums are divided by the number of labels of the whole
//! step, so micro-batches of different lengths do not count differently (invariant 5 of `ARCHITECTURE.md`).
//!
//! Dimensions: `b` examples, `s` positions of an example in the padded batch, `t` pieces of all examples, `m` positions that
//! have labels, `n` labels.

use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Tensor, TensorData};
use device::integers;

use crate::downstream::BertForTask;
use crate::input::ModelInput;
use crate::ops::reference::loss::cross_entropy;

/// What the variant of MacBERT's authors for CMRC 2018 adds to logits outside of `[CLS]` and the context.
pub const OUTSIDE_CONTEXT: f32 = -10_000.0;
/// What keeps padding out of a softmax: its exponential is 0.
const PADDING: f32 = -1e9;

/// The answers of a batch.
#[derive(Clone, Copy, Debug)]
pub struct SpanLabels<'a> {
    /// The position of the first piece of each answer, `[b]`; 0 if the window has no answer. A position behind the example's
    /// padded length has no loss.
    pub starts: &'a [usize],
    /// The position of the last piece, `[b]`.
    pub ends: &'a [usize],
    /// For each piece of the batch, without padding, whether an answer may begin or end there, `[t]`; `None` if it may
    /// anywhere.
    pub allowed: Option<&'a [bool]>,
    /// The number of answers of the whole step that have a loss.
    pub n_of_step: u64,
}

/// The labels of a batch of spelling pairs.
#[derive(Clone, Copy, Debug)]
pub struct SpellingLabels<'a> {
    /// Positions as indices into the flattened padded batch, `example · s + position`, `[m]`.
    pub positions: &'a [i32],
    /// The right piece at each, `[m]`.
    pub pieces: &'a [i32],
    /// Whether the piece of the source is wrong, `[m]`.
    pub wrong: &'a [bool],
    /// The number of positions of the whole step.
    pub n_of_step: u64,
}

/// The focal loss of a detection head, and its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectionLoss {
    /// The weight of detection; correction has 1 − weight.
    pub weight: f64,
    /// α: the weight of wrong pieces; right ones have 1 − α.
    pub alpha: f64,
    /// γ: how much less a position counts that is judged well. 0 is cross-entropy.
    pub gamma: f64,
}

impl BertForTask {
    /// Computes the cross-entropy of each example's label, `[1]`. `labels` are `b` ids.
    pub fn class_loss(&self, input: &ModelInput, labels: &[i32], n_of_step: u64) -> Tensor<1> {
        mean(self.class_logits(input), labels, n_of_step)
    }

    /// Computes the cross-entropy of the labels at `m` positions, `[1]`.
    pub fn tag_loss(
        &self,
        input: &ModelInput,
        positions: &[i32],
        labels: &[i32],
        n_of_step: u64,
    ) -> Tensor<1> {
        mean(self.tag_logits(input, positions), labels, n_of_step)
    }

    /// Computes half the cross-entropy of the starts and half that of the ends, `[1]`. The softmax is over the pieces of an
    /// example.
    pub fn span_loss(&self, input: &ModelInput, labels: &SpanLabels<'_>) -> Tensor<1> {
        let logits = self.span_logits(input); // [t, 2]
        let bias = bias(input, labels.allowed);
        let side = |side: usize, positions: &[usize]| {
            let logits = logits.clone().narrow(1, side, 1).squeeze_dim(1); // [t]
            let logits = padded(logits, input) + bias.clone(); // [b, s]
            let (rows, positions) = with_loss(positions, input.layout.padded());
            if rows.is_empty() {
                return logits.sum() * 0.0; // a part of the graph, so that the backward pass finds one
            }
            let logits = logits.select(0, integers(&rows, &bias.device()));
            mean(logits, &positions, labels.n_of_step)
        };
        (side(0, labels.starts) + side(1, labels.ends)) * 0.5
    }

    /// Computes the cross-entropy of the right pieces, `[1]`. A model with a detection head adds its focal loss.
    pub fn spelling_loss(
        &self,
        input: &ModelInput,
        labels: &SpellingLabels<'_>,
        detection: DetectionLoss,
    ) -> Tensor<1> {
        let hidden = self.hidden_at(input, labels.positions);
        let scale = (labels.n_of_step as f64).recip();
        let wrong = self.wrong_logits(hidden.clone());
        let correction = self.masked_loss(hidden, labels.pieces, scale);
        match wrong {
            None => correction,
            Some(logits) => {
                let focal = focal_loss(logits, labels.wrong, detection) * scale;
                correction * (1.0 - detection.weight) + focal * detection.weight
            }
        }
    }
}

/// The examples whose position is inside the padded length, and these positions.
fn with_loss(positions: &[usize], padded: usize) -> (Vec<i32>, Vec<i32>) {
    let rows = (0..)
        .zip(positions)
        .filter(|(_, position)| **position < padded);
    rows.map(|(row, position)| (row, *position as i32)).unzip()
}

/// The sum of the cross-entropies ÷ the labels of the step, `[m, n]` to `[1]`.
fn mean(logits: Tensor<2>, labels: &[i32], n_of_step: u64) -> Tensor<1> {
    let labels = integers(labels, &logits.device());
    cross_entropy(logits, labels).sum() / n_of_step as f64
}

/// Lays rows out as a padded batch, `[t]` to `[b, s]`. Padding repeats a row of the example, and [`bias`] takes it out.
fn padded(rows: Tensor<1>, input: &ModelInput) -> Tensor<2> {
    let shape = [input.layout.n_examples(), input.layout.padded()];
    let padding = input.padding(&rows.device());
    rows.select(0, padding.rows.clone()).reshape(shape)
}

/// What is added to logits, `[b, s]`: takes padding out of the softmax, and positions that are not allowed.
fn bias(input: &ModelInput, allowed: Option<&[bool]>) -> Tensor<2> {
    let layout = &input.layout;
    let shape = [layout.n_examples(), layout.padded()];
    let mut bias = vec![PADDING; shape[0] * shape[1]];
    for (row, index) in layout.padded_indices().enumerate() {
        let is_allowed = allowed.is_none_or(|allowed| allowed[row]);
        bias[index] = if is_allowed { 0.0 } else { OUTSIDE_CONTEXT };
    }
    Tensor::from_data(TensorData::new(bias, shape), &input.input_ids.device())
}

/// The sum of the focal losses (Lin et al. 2017) of a binary classifier, `[m, 1]` to `[1]`: −α (1 − p)^γ ln p of a wrong
/// piece, and −(1 − α) p^γ ln (1 − p) of a right one.
fn focal_loss(logits: Tensor<2>, wrong: &[bool], options: DetectionLoss) -> Tensor<1> {
    let DetectionLoss { alpha, gamma, .. } = options;
    // The logit of the right judgement: of "wrong" where the piece is wrong, and its negative elsewhere.
    let signs: Vec<f32> = wrong
        .iter()
        .map(|wrong| if *wrong { 1.0 } else { -1.0 })
        .collect();
    let weights = wrong
        .iter()
        .map(|wrong| if *wrong { alpha } else { 1.0 - alpha });
    let weights: Vec<f32> = weights.map(|weight| weight as f32).collect();
    let device = logits.device();
    let column = |values: Vec<f32>| {
        let n = values.len();
        Tensor::<2>::from_data(TensorData::new(values, [n, 1]), &device)
    };
    let logits = logits * column(signs);
    let log_right = log_sigmoid(logits.clone());
    let log_other = log_sigmoid(-logits); // ln (1 − p)
    let loss = (log_other * gamma).exp() * log_right * column(weights);
    -loss.sum()
}

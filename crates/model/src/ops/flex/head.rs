//! The masked head with its loss as one operation: logits are made for a few positions at a time, and their gradients at
//! once, so that never all of them are there.
//!
//! Dimensions: `m` masked positions, `h` hidden width, `v` pieces of the vocabulary.

use burn::tensor::Tensor;
use burn_flex::FlexTensor;
use rayon::prelude::*;

use super::in_pool;
use super::matrix::{Matrix, add_product, product};
use super::node::{Argument, Saved, guards, numbers, result};
use super::rows::{
    NormSlices, Normed, add_bias, bias_gelu, gelu_backward, norm, norm_backward, row_sum,
};
use super::vector::{exp, largest, sum, vectorised};
use crate::ops::HeadParameters;

/// Positions whose logits are there at a time, at most: each time, the word embeddings and their gradient are gone through.
const CHUNK: usize = 256;
const N_ARGUMENTS: usize = HeadParameters::N_ARGUMENTS;

/// What the backward pass needs: the gradients behind the norm are made in the forward pass.
struct SavedHead {
    arguments: [FlexTensor; N_ARGUMENTS],
    kept: Kept,
}

/// What the forward pass keeps beside its arguments.
pub(in crate::ops) struct Kept {
    h: usize,
    /// Before GELU, `[m, h]`.
    inner: Vec<f32>,
    normed: Normed,
    decoder: DecoderGradients,
}

/// Gradients for a gradient of the loss of 1.
struct DecoderGradients {
    /// Of what the decoder is given, `[m, h]`.
    hidden: Vec<f32>,
    /// `[v, h]`, empty before the first positions.
    word: Vec<f32>,
    /// `[v]`.
    bias: Vec<f32>,
}

/// [`crate::ops::Operations::masked_loss`].
pub(super) fn masked_loss(
    hidden: Tensor<2>,
    head: HeadParameters,
    labels: &[i32],
    scale: f64,
) -> Tensor<1> {
    let eps = head.norm.eps;
    let mut arguments = head.arguments(hidden, Argument::new, Argument::new);
    let is_tracked = arguments[0].is_tracked();
    let guards = guards(&mut arguments);
    let slices = arguments.each_ref().map(Argument::slice);
    let (loss, kept) = in_pool(|| forward(&slices, labels, (scale, eps), is_tracked));
    let save = || SavedHead {
        arguments: arguments.map(|argument| argument.tensor),
        kept: kept.expect("made where a backward pass can follow"),
    };
    result(vec![loss], [1], guards, save)
}

/// The loss, and what the backward pass needs, where one can follow; all row-major.
pub(in crate::ops) fn forward(
    arguments: &[&[f32]; N_ARGUMENTS],
    labels: &[i32],
    (scale, eps): (f64, f64),
    is_tracked: bool,
) -> (f32, Option<Kept>) {
    let [x, dense, dense_bias, weight, bias, word, decoder_bias] = *arguments;
    let (h, eps) = (weight.len(), eps as f32);
    let mut inner = product(Matrix::new(x, h), Matrix::new(dense, h));
    let active = bias_gelu(&mut inner, dense_bias);
    let (after, normed) = norm(active, NormSlices { weight, bias, eps });
    let decoder = Decoder {
        word: Matrix::new(word, h),
        bias: decoder_bias,
        scale: scale as f32,
    };
    let (loss, decoder) = decoder.run(&after, labels, is_tracked);
    let kept = decoder.map(|decoder| Kept {
        h,
        inner,
        normed,
        decoder,
    });
    ((loss * scale) as f32, kept)
}

struct Decoder<'a> {
    /// `[v, h]`.
    word: Matrix<'a>,
    /// `[v]`.
    bias: &'a [f32],
    scale: f32,
}

impl Decoder<'_> {
    /// The sum of the cross-entropies, and gradients of `scale` times it where they are wanted.
    fn run(
        &self,
        hidden: &[f32],
        labels: &[i32],
        tracked: bool,
    ) -> (f64, Option<DecoderGradients>) {
        let (h, v) = (hidden.len() / labels.len().max(1), self.bias.len());
        let mut gradients = tracked.then(|| DecoderGradients {
            hidden: Vec::with_capacity(hidden.len()),
            word: Vec::new(),
            bias: vec![0.0; v],
        });
        let mut loss = 0.0;
        let chunk = even_chunk(labels.len());
        for (hidden, labels) in hidden.chunks(chunk * h).zip(labels.chunks(chunk)) {
            let rows = Matrix::new(hidden, h);
            let mut logits = product(rows, self.word.transposed()); // [chunk, v]
            add_bias(&mut logits, self.bias);
            // Logits become their gradients.
            let losses: Vec<f64> = logits
                .par_chunks_mut(v)
                .zip(labels)
                .map(|(row, label)| cross_entropy(row, *label as usize, self.scale))
                .collect();
            loss += losses.iter().sum::<f64>();
            if let Some(gradients) = &mut gradients {
                let sums = row_sum(&logits, v);
                let logits = Matrix::new(&logits, v);
                gradients.hidden.extend(product(logits, self.word));
                if gradients.word.is_empty() {
                    gradients.word = product(logits.transposed(), rows);
                } else {
                    add_product(&mut gradients.word, logits.transposed(), rows);
                }
                for (sum, x) in gradients.bias.iter_mut().zip(sums) {
                    *sum += x;
                }
            }
        }
        (loss, gradients)
    }
}

/// Positions of `n` at a time: chunks of one size, about, since a small one takes as long.
fn even_chunk(n: usize) -> usize {
    n.div_ceil(n.div_ceil(CHUNK).max(1)).max(1)
}

/// −ln softmax(logits)[label] in nats; the logits become `scale` times their gradients.
fn cross_entropy(logits: &mut [f32], label: usize, scale: f32) -> f64 {
    vectorised(|| {
        let most = largest(logits);
        let chosen = logits[label];
        for logit in &mut *logits {
            *logit = exp(*logit - most);
        }
        let total = sum([logits], |[x]| x);
        let rate = scale / total;
        for share in &mut *logits {
            *share *= rate;
        }
        logits[label] -= scale;
        f64::from(total).ln() + f64::from(most) - f64::from(chosen)
    })
}

/// Gradients of the arguments from the loss's.
pub(in crate::ops) fn backward(
    kept: Kept,
    arguments: &[&[f32]; N_ARGUMENTS],
    outer: f32,
) -> [Vec<f32>; N_ARGUMENTS] {
    let [x, dense, _, weight, ..] = *arguments;
    let scaled = |mut numbers: Vec<f32>| -> Vec<f32> {
        // A training step's loss is the end of the graph: nothing to scale.
        if outer.to_bits() != 1f32.to_bits() {
            numbers.par_iter_mut().for_each(|x| *x *= outer);
        }
        numbers
    };
    let norm = norm_backward(&kept.normed, &scaled(kept.decoder.hidden), weight);
    let mut inner = norm.before;
    gelu_backward(&kept.inner, &mut inner);
    let inner_rows = Matrix::new(&inner, kept.h);
    [
        product(inner_rows, Matrix::new(dense, kept.h).transposed()),
        product(Matrix::new(x, kept.h).transposed(), inner_rows),
        row_sum(&inner, kept.h),
        norm.weight,
        norm.bias,
        scaled(kept.decoder.word),
        scaled(kept.decoder.bias),
    ]
}

impl Saved<N_ARGUMENTS> for SavedHead {
    fn backward(self, gradient: &[f32], _: Option<Vec<f32>>) -> [Vec<f32>; N_ARGUMENTS] {
        let arguments = self.arguments.each_ref().map(numbers);
        in_pool(|| backward(self.kept, &arguments, gradient[0]))
    }

    fn arguments(&self) -> [&FlexTensor; N_ARGUMENTS] {
        self.arguments.each_ref()
    }
}

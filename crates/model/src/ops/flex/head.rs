//! The masked head with its loss as one operation. Logits are computed for a few positions at a time and turned into their
//! gradients at once, so that never all of them are in memory.
//!
//! Dimensions: `m` masked positions, `h` hidden width, `v` pieces of the vocabulary.

use burn::tensor::Tensor;
use burn_flex::FlexTensor;
use rayon::prelude::*;

use super::matrix::{Matrix, add_product, product};
use super::node::{Argument, Saved, result, values};
use super::pool::in_pool;
use super::rows::{
    NormSlices, Normed, add_bias, bias_gelu, gelu_backward, norm, norm_backward, row_sum,
};
use super::vector::{exp, largest, sum, vectorised};
use crate::ops::contract::HeadParameters;
use crate::ops::tensors::{HeadTensors, N_HEAD_TENSORS};

/// The most positions whose logits are in memory at a time. Each chunk reads all word embeddings and writes all of their
/// gradient.
const CHUNK: usize = 256;

/// The numbers that the loss depends on beside its tensors.
#[derive(Clone, Copy)]
pub(crate) struct LossOptions {
    /// ε of the norm.
    pub(crate) eps: f32,
    /// What the sum of the cross-entropies is multiplied by.
    pub(crate) scale: f64,
    /// Whether a backward pass can follow.
    pub(crate) is_tracked: bool,
}

struct SavedHead {
    arguments: HeadTensors<FlexTensor>,
    activations: Activations,
}

/// What the backward pass reads. The gradients of everything after the norm are ready when the forward pass ends.
pub(crate) struct Activations {
    h: usize,
    /// The input of GELU, `[m, h]`.
    inner: Vec<f32>,
    normed: Normed,
    decoder: DecoderGradients,
}

/// The gradients of the decoder for a loss whose own gradient is 1.
struct DecoderGradients {
    /// Of the decoder's input, `[m, h]`.
    hidden: Vec<f32>,
    /// `[v, h]`; empty before the first chunk.
    word: Vec<f32>,
    /// `[v]`.
    bias: Vec<f32>,
}

/// [`crate::ops::contract::Operations::masked_loss`].
pub(super) fn masked_loss(
    hidden: Tensor<2>,
    head: HeadParameters,
    labels: &[i32],
    scale: f64,
) -> Tensor<1> {
    let eps = head.norm.eps as f32;
    let arguments = head.tensors(hidden, Argument::new, Argument::new);
    let options = LossOptions {
        eps,
        scale,
        is_tracked: arguments.hidden.is_tracked(),
    };
    let slices = arguments.each_ref().map(Argument::slice);
    let (loss, activations) = in_pool(|| forward(&slices, labels, options));
    let save = |arguments| SavedHead {
        arguments: HeadTensors::from_array(arguments),
        activations: activations.expect("made if a backward pass can follow"),
    };
    result(vec![loss], [1], arguments.into_array(), save)
}

/// Computes the loss from row-major arguments, and what the backward pass reads if one can follow.
pub(crate) fn forward(
    head: &HeadTensors<&[f32]>,
    labels: &[i32],
    options: LossOptions,
) -> (f32, Option<Activations>) {
    let h = head.norm_weight.len();
    let mut inner = product(
        Matrix::new(head.hidden, h),
        Matrix::new(head.dense_weight, h),
    );
    let active = bias_gelu(&mut inner, head.dense_bias);
    let parameters = NormSlices {
        weight: head.norm_weight,
        bias: head.norm_bias,
        eps: options.eps,
    };
    let (after, normed) = norm(active, parameters);
    let decoder = Decoder {
        word: Matrix::new(head.word, h),
        bias: head.decoder_bias,
        scale: options.scale as f32,
    };
    let (loss, gradients) = decoder.run(&after, labels, options.is_tracked);
    let activations = gradients.map(|decoder| Activations {
        h,
        inner,
        normed,
        decoder,
    });
    ((loss * options.scale) as f32, activations)
}

struct Decoder<'a> {
    /// `[v, h]`.
    word: Matrix<'a>,
    /// `[v]`.
    bias: &'a [f32],
    scale: f32,
}

impl Decoder<'_> {
    /// Computes the sum of the cross-entropies and, if they are wanted, the gradients of `scale` times that sum.
    fn run(
        &self,
        hidden: &[f32],
        labels: &[i32],
        is_tracked: bool,
    ) -> (f64, Option<DecoderGradients>) {
        let (h, v) = (hidden.len() / labels.len().max(1), self.bias.len());
        let mut gradients = is_tracked.then(|| DecoderGradients {
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
                self.add_gradients(&logits, rows, gradients);
            }
        }
        (loss, gradients)
    }

    /// Adds the gradients of a chunk; `slopes` are the gradients of its logits, `[chunk, v]`.
    fn add_gradients(&self, slopes: &[f32], rows: Matrix<'_>, gradients: &mut DecoderGradients) {
        let v = self.bias.len();
        let sums = row_sum(slopes, v);
        let slopes = Matrix::new(slopes, v);
        gradients.hidden.extend(product(slopes, self.word));
        if gradients.word.is_empty() {
            gradients.word = product(slopes.transposed(), rows);
        } else {
            add_product(&mut gradients.word, slopes.transposed(), rows);
        }
        for (sum, x) in gradients.bias.iter_mut().zip(sums) {
            *sum += x;
        }
    }
}

/// Returns how many of `n` positions a chunk has. Chunks are about equal, because a small one takes as long as a large one.
fn even_chunk(n: usize) -> usize {
    n.div_ceil(n.div_ceil(CHUNK).max(1)).max(1)
}

/// Computes −ln softmax(logits)[label] in nats, and turns the logits into `scale` times their gradients.
fn cross_entropy(logits: &mut [f32], label: usize, scale: f32) -> f64 {
    vectorised(|| {
        let most = largest(logits);
        let chosen = logits[label];
        for logit in &mut *logits {
            *logit = exp(*logit - most);
        }
        let total = sum([logits], |[x]| x);
        let factor = scale / total;
        for logit in &mut *logits {
            *logit *= factor;
        }
        logits[label] -= scale;
        f64::from(total).ln() + f64::from(most) - f64::from(chosen)
    })
}

/// Computes the gradients of the arguments from that of the loss.
pub(crate) fn backward(
    activations: Activations,
    head: &HeadTensors<&[f32]>,
    gradient: f32,
) -> HeadTensors<Vec<f32>> {
    let Activations {
        h,
        inner: before_gelu,
        normed,
        decoder,
    } = activations;
    let scaled = |mut values: Vec<f32>| -> Vec<f32> {
        // The loss of a training step is the end of the tape: its gradient is 1, and nothing has to be scaled.
        if gradient.to_bits() != 1f32.to_bits() {
            values.par_iter_mut().for_each(|x| *x *= gradient);
        }
        values
    };
    let norm = norm_backward(&normed, &scaled(decoder.hidden), head.norm_weight);
    let mut inner = norm.before;
    gelu_backward(&before_gelu, &mut inner);
    let inner_rows = Matrix::new(&inner, h);
    let dense_columns = Matrix::new(head.dense_weight, h).transposed();
    HeadTensors {
        hidden: product(inner_rows, dense_columns),
        dense_weight: product(Matrix::new(head.hidden, h).transposed(), inner_rows),
        dense_bias: row_sum(&inner, h),
        norm_weight: norm.weight,
        norm_bias: norm.bias,
        word: scaled(decoder.word),
        decoder_bias: scaled(decoder.bias),
    }
}

impl Saved<N_HEAD_TENSORS> for SavedHead {
    fn backward(self, gradient: &[f32], _: Option<Vec<f32>>) -> [Vec<f32>; N_HEAD_TENSORS] {
        let arguments = self.arguments.each_ref().map(values);
        in_pool(|| backward(self.activations, &arguments, gradient[0])).into_array()
    }

    fn arguments(&self) -> [&FlexTensor; N_HEAD_TENSORS] {
        self.arguments.each_ref().into_array()
    }
}

//! The masked head with its loss as one operation: logits are made for some positions at a time, and their gradients at
//! once, so that never all of them are there.
//!
//! Dimensions: `m` masked positions, `h` hidden width, `v` pieces of the vocabulary.

use std::sync::Arc;

use libtorch::kernels::Kernels;
use tch::{Device, Kind, Tensor};

use super::gpu_layer::weight_gradient;
use super::graph::Graph;
use super::kernels_for;
use super::node::{Argument, Saved, result};
use crate::ops::HeadParameters;
use device::send;

/// Positions whose logits are there at a time: as many as fit into a CPU's cache, or fill a GPU.
const CHUNK: i64 = 256;
const GPU_CHUNK: i64 = 8192;
/// Those before the decoder.
const N_BEFORE: usize = 5;

/// What the backward pass needs: the gradients behind the norm are made in the forward pass.
#[derive(Debug)]
struct SavedHead {
    /// Up to the norm.
    graph: Graph,
    decoder: DecoderGradients,
}

/// Gradients for a gradient of the loss of 1.
#[derive(Debug)]
struct DecoderGradients {
    /// Of what the decoder is given, `[m, h]`.
    hidden: Tensor,
    /// `[v, h]`.
    word: Tensor,
    /// `[v]`.
    bias: Tensor,
}

/// [`crate::ops::Operations::masked_loss`].
pub(super) fn masked_loss(
    hidden: burn::tensor::Tensor<2>,
    head: HeadParameters,
    labels: &[i32],
    scale: f64,
    kind: Kind,
) -> burn::tensor::Tensor<1> {
    let eps = head.norm.eps;
    let arguments = head.arguments(hidden, Argument::new, Argument::new);
    let [x, dense, dense_bias, weight, bias, word, decoder_bias] =
        arguments.each_ref().map(Argument::tensor);
    let before = [x, dense, dense_bias, weight, bias];
    let decoder = Decoder {
        kernels: kernels_for(kind, x.device(), x.size()[1]),
        word: word.to_kind(kind),
        bias: decoder_bias,
        labels: send(labels, x.device()).to_kind(Kind::Int64).unsqueeze(1),
        scale,
    };
    if arguments[0].is_tracked() {
        let graph = Graph::new(before, |leaves| normed(leaves.each_ref(), eps, kind));
        let output = graph.output().to_kind(kind);
        let (loss, decoder) = tch::no_grad(|| decoder.run(&output));
        result(loss, arguments, Some(SavedHead { graph, decoder }))
    } else {
        let loss = tch::no_grad(|| decoder.loss(&normed(before, eps, kind).to_kind(kind)));
        result(loss, arguments, None::<SavedHead>)
    }
}

/// Dense, GELU and layer norm, `[m, h]`, in f32.
fn normed(arguments: [&Tensor; N_BEFORE], eps: f64, kind: Kind) -> Tensor {
    let [x, dense, dense_bias, weight, bias] = arguments;
    let inner = dense_bias
        .to_kind(kind)
        .addmm(&x.to_kind(kind), &dense.to_kind(kind));
    let active = inner.gelu("none").to_kind(Kind::Float);
    active.layer_norm(weight.size(), Some(weight), Some(bias), eps, false)
}

struct Decoder<'a> {
    /// Of a GPU in bf16.
    kernels: Option<Arc<Kernels>>,
    /// `[v, h]`.
    word: Tensor,
    /// `[v]`.
    bias: &'a Tensor,
    /// `[m, 1]`.
    labels: Tensor,
    scale: f64,
}

impl Decoder<'_> {
    /// `scale` times the sum of the cross-entropies, `[1]`.
    fn loss(&self, hidden: &Tensor) -> Tensor {
        let parts = self.chunks(hidden).map(|(rows, labels)| {
            let log_shares = self.log_shares(&rows);
            log_shares.gather(1, &labels, false).sum(Kind::Float)
        });
        self.total(parts)
    }

    /// The same, and gradients of it.
    fn run(&self, hidden: &Tensor) -> (Tensor, DecoderGradients) {
        let (mut word, mut bias) = (None, None);
        let mut gradients = Vec::new();
        let mut parts = Vec::new();
        for (rows, labels) in self.chunks(hidden) {
            let (part, found) = match &self.kernels {
                Some(kernels) => self.chunk_by_kernels(kernels, &rows, &labels),
                None => self.chunk(&rows, &labels),
            };
            parts.push(part);
            gradients.push(found.hidden);
            add(&mut word, found.word);
            add(&mut bias, found.bias);
        }
        let decoder = DecoderGradients {
            hidden: Tensor::cat(&gradients, 0),
            word: word.expect("a masked position"),
            bias: bias.expect("a masked position"),
        };
        (self.total(parts.into_iter()), decoder)
    }

    /// Of some rows, the sum of ln softmax(logits)\[label\], and gradients.
    fn chunk(&self, rows: &Tensor, labels: &Tensor) -> (Tensor, DecoderGradients) {
        let mut shares = self.log_shares(rows);
        let part = shares.gather(1, labels, false).sum(Kind::Float);
        // The gradient of a cross-entropy is softmax(logits), less 1 at the label.
        let ones = labels.ones_like().to_kind(Kind::Float);
        let _ = shares.exp_();
        let _ = shares.scatter_add_(1, labels, &-ones);
        let bias = shares.sum_dim_intlist(0, false, Kind::Float) * self.scale;
        let slopes = shares.to_kind(rows.kind());
        let hidden = slopes.mm(&self.word).to_kind(Kind::Float) * self.scale;
        // The scale goes to the smallest of the three matrices.
        let scaled = rows.to_kind(Kind::Float) * self.scale;
        let product = slopes.tr().mm(&scaled.to_kind(rows.kind()));
        let word = product.to_kind(Kind::Float);
        (part, DecoderGradients { hidden, word, bias })
    }

    /// The same by a GPU's kernels.
    fn chunk_by_kernels(
        &self,
        kernels: &Kernels,
        rows: &Tensor,
        labels: &Tensor,
    ) -> (Tensor, DecoderGradients) {
        let logits = rows.mm(&self.word.tr());
        let labels = labels.to_kind(Kind::Int).view([-1]);
        let (losses, slopes) = kernels.cross_entropy(logits, self.bias, &labels, self.scale);
        let gradients = DecoderGradients {
            hidden: slopes.mm_dtype(&self.word, Kind::Float),
            word: weight_gradient(&slopes, rows),
            bias: kernels.column_sums(&slopes),
        };
        (-losses.sum(Kind::Float), gradients)
    }

    /// `[chunk, h]` to ln softmax(logits) in f32, `[chunk, v]`.
    fn log_shares(&self, rows: &Tensor) -> Tensor {
        let bias = self.bias.to_kind(rows.kind());
        bias.addmm(rows, &self.word.tr())
            .log_softmax(1, Kind::Float)
    }

    /// Rows and labels, some at a time, as even as can be.
    fn chunks(&self, hidden: &Tensor) -> impl Iterator<Item = (Tensor, Tensor)> {
        let chunk = if hidden.device() == Device::Cpu {
            CHUNK
        } else {
            GPU_CHUNK
        };
        let n_chunks = (hidden.size()[0] + chunk - 1) / chunk;
        let rows = hidden.chunk(n_chunks, 0);
        rows.into_iter().zip(self.labels.chunk(n_chunks, 0))
    }

    fn total(&self, parts: impl Iterator<Item = Tensor>) -> Tensor {
        let parts: Vec<Tensor> = parts.collect();
        Tensor::stack(&parts, 0).sum_dim_intlist(0, true, Kind::Float) * -self.scale
    }
}

fn add(sum: &mut Option<Tensor>, x: Tensor) {
    match sum {
        Some(sum) => *sum += x,
        None => *sum = Some(x),
    }
}

impl Saved for SavedHead {
    fn backward(self, gradient: &Tensor) -> Vec<Tensor> {
        let DecoderGradients {
            mut hidden,
            mut word,
            mut bias,
        } = self.decoder;
        // A training step's loss is the end of the graph: nothing to scale. A GPU is not asked, which would wait for it.
        if gradient.device() != Device::Cpu
            || gradient.double_value(&[0]).to_bits() != 1f64.to_bits()
        {
            for x in [&mut hidden, &mut word, &mut bias] {
                *x *= gradient;
            }
        }
        let mut found = self.graph.backward(&hidden);
        found.extend([word, bias]);
        found
    }
}

//! The masked head with its loss as one operation. Logits are computed for some positions at a time and turned into their
//! gradients at once, so that never all of them are in memory.
//!
//! Dimensions: `m` masked positions, `h` hidden width, `v` pieces of the vocabulary.

use std::sync::Arc;

use device::send;
use libtorch::kernels::Kernels;
use libtorch::kernels::rows::CrossEntropy;
use tch::{Device, Kind, Tensor};

use super::gpu::kernels::kernels_for;
use super::graph::{Graph, leaf};
use super::node::{Argument, Saved, result};
use super::tensors::weight_gradient;
use crate::ops::contract::HeadParameters;
use crate::ops::tensors::{HeadTensors, N_HEAD_TENSORS, N_TRANSFORM_TENSORS, TransformTensors};

/// The most positions whose logits are in memory at a time on the CPU: as many as fit into its cache.
const CHUNK: i64 = 256;
/// The same on a GPU: as many as keep it busy.
const GPU_CHUNK: i64 = 8192;

/// What the backward pass reads. The gradients of everything after the norm are ready when the forward pass ends.
#[derive(Debug)]
struct SavedHead {
    /// The part up to the norm.
    graph: Graph<N_TRANSFORM_TENSORS>,
    decoder: DecoderGradients,
}

/// The gradients of the decoder for a loss whose own gradient is 1.
#[derive(Debug)]
struct DecoderGradients {
    /// Of the decoder's input, `[m, h]`.
    hidden: Tensor,
    /// `[v, h]`.
    word: Tensor,
    /// `[v]`.
    bias: Tensor,
}

/// [`crate::ops::contract::Operations::masked_loss`].
pub(super) fn masked_loss(
    hidden: burn::tensor::Tensor<2>,
    head: HeadParameters,
    labels: &[i32],
    scale: f64,
    kind: Kind,
) -> burn::tensor::Tensor<1> {
    let eps = head.norm.eps;
    let arguments = head.tensors(hidden, Argument::new, Argument::new);
    let tensors = arguments.each_ref().map(Argument::tensor);
    let transform = TransformTensors {
        hidden: tensors.hidden,
        dense_weight: tensors.dense_weight,
        dense_bias: tensors.dense_bias,
        norm_weight: tensors.norm_weight,
        norm_bias: tensors.norm_bias,
    };
    let device = tensors.hidden.device();
    let decoder = Decoder {
        kernels: kernels_for(kind, device, tensors.hidden.size()[1]),
        word: tensors.word.to_kind(kind),
        bias: tensors.decoder_bias,
        labels: send(labels, device).to_kind(Kind::Int64).unsqueeze(1),
        scale,
    };
    if arguments.hidden.is_tracked() {
        let leaves = transform.map(leaf);
        let output = tch::with_grad(|| transformed(&leaves.each_ref(), eps, kind));
        let graph = Graph::new(leaves.into_array(), output);
        let rows = graph.output().to_kind(kind);
        let (loss, decoder) = tch::no_grad(|| decoder.run(&rows));
        let saved = SavedHead { graph, decoder };
        result(loss, arguments.into_array(), Some(saved))
    } else {
        let loss = tch::no_grad(|| {
            let rows = transformed(&transform, eps, kind).to_kind(kind);
            decoder.loss(&rows)
        });
        result(loss, arguments.into_array(), None::<SavedHead>)
    }
}

/// Passes hidden states through dense, GELU and layer norm, `[m, h]` in f32.
fn transformed(tensors: &TransformTensors<&Tensor>, eps: f64, kind: Kind) -> Tensor {
    let [x, dense] = [tensors.hidden, tensors.dense_weight].map(|matrix| matrix.to_kind(kind));
    let inner = tensors.dense_bias.to_kind(kind).addmm(&x, &dense);
    let active = inner.gelu("none").to_kind(Kind::Float);
    let (weight, bias) = (tensors.norm_weight, tensors.norm_bias);
    active.layer_norm(weight.size(), Some(weight), Some(bias), eps, false)
}

struct Decoder<'a> {
    /// On a GPU in bf16, if it has them.
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
    /// Computes `scale` times the sum of the cross-entropies, `[1]`.
    fn loss(&self, hidden: &Tensor) -> Tensor {
        let parts = self.chunks(hidden).map(|(rows, labels)| {
            let log_softmax = self.log_softmax(&rows);
            log_softmax.gather(1, &labels, false).sum(Kind::Float)
        });
        self.total(parts)
    }

    /// Computes the same loss, and its gradients.
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

    /// Computes the sum of ln softmax(logits)\[label\] of some rows, and gradients.
    fn chunk(&self, rows: &Tensor, labels: &Tensor) -> (Tensor, DecoderGradients) {
        let mut slopes = self.log_softmax(rows);
        let part = slopes.gather(1, labels, false).sum(Kind::Float);
        // The gradient of a cross-entropy is softmax(logits), minus 1 at the label.
        let ones = labels.ones_like().to_kind(Kind::Float);
        let _ = slopes.exp_();
        let _ = slopes.scatter_add_(1, labels, &-ones);
        let bias = slopes.sum_dim_intlist(0, false, Kind::Float) * self.scale;
        let slopes = slopes.to_kind(rows.kind());
        let hidden = slopes.mm(&self.word).to_kind(Kind::Float) * self.scale;
        // The smallest of the three matrices is multiplied by the scale.
        let scaled = rows.to_kind(Kind::Float) * self.scale;
        let product = slopes.tr().mm(&scaled.to_kind(rows.kind()));
        let word = product.to_kind(Kind::Float);
        (part, DecoderGradients { hidden, word, bias })
    }

    /// Computes what [`Self::chunk`] does, by the kernels of a GPU.
    fn chunk_by_kernels(
        &self,
        kernels: &Kernels,
        rows: &Tensor,
        labels: &Tensor,
    ) -> (Tensor, DecoderGradients) {
        let logits = rows.mm(&self.word.tr());
        let labels = labels.to_kind(Kind::Int).view([-1]);
        let CrossEntropy { losses, slopes } =
            kernels.cross_entropy(logits, self.bias, &labels, self.scale);
        let gradients = DecoderGradients {
            hidden: slopes.mm_dtype(&self.word, Kind::Float),
            word: weight_gradient(&slopes, rows),
            bias: kernels.column_sums(&slopes),
        };
        (-losses.sum(Kind::Float), gradients)
    }

    /// Computes ln softmax(logits) in f32, `[chunk, h]` to `[chunk, v]`.
    fn log_softmax(&self, rows: &Tensor) -> Tensor {
        let bias = self.bias.to_kind(rows.kind());
        bias.addmm(rows, &self.word.tr())
            .log_softmax(1, Kind::Float)
    }

    /// Cuts rows and labels into chunks of about equal size.
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

    /// Adds up the parts of the chunks to the loss.
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

impl Saved<N_HEAD_TENSORS> for SavedHead {
    fn backward(self, gradient: &Tensor) -> [Tensor; N_HEAD_TENSORS] {
        let DecoderGradients {
            mut hidden,
            mut word,
            mut bias,
        } = self.decoder;
        // The loss of a training step is the end of the tape: its gradient is 1, and nothing has to be scaled. A GPU is not
        // asked for the gradient, because reading it would block.
        if gradient.device() != Device::Cpu
            || gradient.double_value(&[0]).to_bits() != 1f64.to_bits()
        {
            for x in [&mut hidden, &mut word, &mut bias] {
                *x *= gradient;
            }
        }
        let transform = TransformTensors::from_array(self.graph.backward(&hidden));
        HeadTensors {
            hidden: transform.hidden,
            dense_weight: transform.dense_weight,
            dense_bias: transform.dense_bias,
            norm_weight: transform.norm_weight,
            norm_bias: transform.norm_bias,
            word,
            decoder_bias: bias,
        }
        .into_array()
    }
}

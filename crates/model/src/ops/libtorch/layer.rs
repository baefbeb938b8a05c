//! An encoder layer as one operation: post-norm attention and feed-forward (method §4).
//!
//! Where LibTorch keeps a graph of it: in bf16 on the CPU of what is behind the attention, in f32 on a GPU of all. In f32 on
//! the CPU (`host_f32.rs`) and in bf16 on a GPU (`gpu_layer.rs`) there is none.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width, `i` width inside the feed-forward.

use std::sync::Arc;

use burn::tensor::Int;
use libtorch::kernels::Kernels;
use tch::{Device, Kind, Tensor};

use super::attention::{attention, is_head_fit, layout};
use super::dropout::drop_rows;
use super::embeddings::indices;
use super::gpu_layer::GpuLayer;
use super::graph::Graph;
use super::host_attention::{HostAttention, Partition};
use super::kernels_for;
use super::node::{Argument, Saved, result};
use crate::input::ModelInput;
use crate::ops::{Dropout, LayerParameters, Place, Site};
use crate::rows::Rows;

pub(super) const N_ARGUMENTS: usize = LayerParameters::N_ARGUMENTS;
/// The mixtures and the hidden states, then those from the output on.
const N_BEHIND: usize = 12;

/// Rows of a layer's result that are asked for.
pub(super) struct Asked {
    /// Their numbers, i64 `[r]`, on the device.
    pub(super) indices: Tensor,
    /// The same, i32, as kernels take them.
    pub(super) numbers: Tensor,
    /// The same on the host.
    on_host: Arc<[u32]>,
}

/// Sizes, rows and dropout of a layer.
struct Shape {
    /// `None`: all.
    rows: Option<Asked>,
    heads: Partition,
    eps: [f64; 2],
    /// On what attention and what the feed-forward puts out.
    sites: [Site; 2],
    /// What matrices are multiplied in.
    kind: Kind,
}

/// A layer whose attention is not in LibTorch's graph.
#[derive(Debug)]
struct SavedHostLayer {
    /// Of the mixtures, the hidden states and the rest.
    graph: Graph,
    attention: HostAttention,
    /// The hidden states as they are multiplied, `[t, h]`.
    rows: Tensor,
    /// Of query, key and value side by side, `[h, 3h]`.
    weight: Tensor,
}

/// [`crate::ops::Operations::encoder_layer`].
pub(super) fn encoder_layer(
    hidden: burn::tensor::Tensor<2>,
    layer: LayerParameters,
    (input, rows): (&ModelInput, &Rows),
    dropout: &Dropout,
    kind: Kind,
) -> burn::tensor::Tensor<2> {
    let number = layer.number;
    let shape = Shape {
        rows: rows.on(&hidden.device()).zip(rows.numbers()).map(asked),
        heads: Partition {
            layout: Arc::clone(&input.layout),
            n_heads: layer.n_heads,
            dropout: dropout.at(Place::Shares(number)),
        },
        eps: [layer.attention_norm.eps, layer.norm.eps],
        sites: [Place::Attention(number), Place::FeedForward(number)].map(|at| dropout.at(at)),
        kind,
    };
    let arguments = layer.arguments(hidden, Argument::new, Argument::new);
    let tensors = arguments.each_ref().map(Argument::tensor);
    let device = tensors[0].device();
    if !arguments[0].is_tracked() {
        let output = tch::no_grad(|| shape.forward(tensors, input));
        result(output, arguments, None::<Graph>)
    } else if device == Device::Cpu {
        let saved = shape.on_host(tensors);
        result(saved.graph.output(), arguments, Some(saved))
    } else if let Some(kernels) = shape.kernels(&tensors) {
        let layer = GpuLayer {
            kernels,
            layout: layout(input, &shape.heads),
            rows: shape.rows,
            eps: shape.eps,
            sites: shape.sites,
        };
        let (output, saved) = tch::no_grad(|| layer.forward(tensors));
        result(output, arguments, Some(saved))
    } else {
        let graph = Graph::new(tensors, |leaves| shape.forward(leaves.each_ref(), input));
        result(graph.output(), arguments, Some(graph))
    }
}

/// The rows that are asked for, `[t, h]` to `[r, h]`; `None`: all.
pub(super) fn gathered(all: &Tensor, rows: Option<&Asked>) -> Tensor {
    rows.map_or_else(
        || all.shallow_clone(),
        |rows| all.index_select(0, &rows.indices),
    )
}

fn asked((numbers, on_host): (&burn::tensor::Tensor<1, Int>, &Arc<[u32]>)) -> Asked {
    let numbers = indices(numbers);
    Asked {
        indices: numbers.to_kind(Kind::Int64),
        numbers: numbers.to_kind(Kind::Int),
        on_host: Arc::clone(on_host),
    }
}

impl Shape {
    /// Kernels for this layer, where there are some: they take bf16, and flash attention takes heads of some widths.
    fn kernels(&self, tensors: &[&Tensor; N_ARGUMENTS]) -> Option<Arc<Kernels>> {
        let (h, i) = (tensors[0].size()[1], tensors[11].size()[1]);
        let d = h / self.heads.n_heads as i64;
        let fits = is_head_fit(d) && i % 8 == 0;
        kernels_for(self.kind, tensors[0].device(), h).filter(|_| fits)
    }

    fn forward(&self, arguments: [&Tensor; N_ARGUMENTS], input: &ModelInput) -> Tensor {
        let [x, q, qb, k, kb, v, vb, behind @ ..] = arguments;
        let x = &x.to_kind(Kind::Float);
        let rows = x.to_kind(self.kind);
        let [query, key, value] =
            [(q, qb), (k, kb), (v, vb)].map(|(weight, bias)| self.affine(&rows, weight, bias));
        let context = attention([&query, &key, &value], input, &self.heads);
        let [o, ob, n1w, n1b, e, eb, c, cb, n2w, n2b] = behind;
        self.behind_attention([&context, x, o, ob, n1w, n1b, e, eb, c, cb, n2w, n2b])
    }

    fn on_host(&self, arguments: [&Tensor; N_ARGUMENTS]) -> SavedHostLayer {
        let [x, q, qb, k, kb, v, vb, behind @ ..] = arguments;
        let rows = x.to_kind(self.kind);
        let weight = Tensor::cat(&[q, k, v], 1).to_kind(self.kind);
        let bias = Tensor::cat(&[qb, kb, vb], 0).to_kind(self.kind);
        let projected = bias.addmm(&rows, &weight); // [t, 3h]
        let (context, attention) = HostAttention::forward(projected, self.heads.clone());
        let [o, ob, n1w, n1b, e, eb, c, cb, n2w, n2b] = behind;
        let behind = [&context, x, o, ob, n1w, n1b, e, eb, c, cb, n2w, n2b];
        SavedHostLayer {
            graph: Graph::new(behind, |leaves| self.behind_attention(leaves.each_ref())),
            attention,
            rows,
            weight,
        }
    }

    fn behind_attention(&self, arguments: [&Tensor; N_BEHIND]) -> Tensor {
        let [context, x, o, ob, n1w, n1b, e, eb, c, cb, n2w, n2b] = arguments;
        let [context, x] = [context, x].map(|all| gathered(all, self.rows.as_ref()));
        let output = self.affine(&context, o, ob); // [r, h]
        let middle = self.residual_norm(&output, &x, 0, (n1w, n1b));
        let inner = self.affine(&middle.to_kind(self.kind), e, eb); // [r, i]
        let output = self.affine(&inner.gelu("none"), c, cb); // [r, h]
        self.residual_norm(&output, &middle, 1, (n2w, n2b))
    }

    fn affine(&self, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
        bias.to_kind(self.kind).addmm(x, &weight.to_kind(self.kind))
    }

    /// `norm(dropout(x) + residual)` in f32, `[r, h]`, of the attention (0) or the feed-forward (1).
    fn residual_norm(
        &self,
        x: &Tensor,
        residual: &Tensor,
        of: usize,
        (weight, bias): (&Tensor, &Tensor),
    ) -> Tensor {
        let numbers = self.rows.as_ref().map(|rows| &rows.on_host[..]);
        let sum = drop_rows(x, self.sites[of], numbers) + residual; // in f32, whatever x is in
        sum.layer_norm(weight.size(), Some(weight), Some(bias), self.eps[of], false)
    }
}

impl Saved for SavedHostLayer {
    fn backward(self, gradient: &Tensor) -> Vec<Tensor> {
        let mut behind = self.graph.backward(gradient).into_iter();
        let context = behind.next().expect("the mixtures' gradient");
        let residual = behind.next().expect("the hidden states' gradient");
        let projected = self.attention.backward(&context); // [t, 3h]
        let hidden = residual + projected.mm(&self.weight.tr());
        let biases = projected.sum_dim_intlist(0, false, Kind::Float); // [3h]
        let (rows, h) = (self.rows.tr(), hidden.size()[1]);
        let mut found = vec![hidden];
        for part in 0..3 {
            let weight = rows.mm(&projected.narrow(1, part * h, h));
            found.push(weight.to_kind(Kind::Float));
            found.push(biases.narrow(0, part * h, h).copy());
        }
        found.extend(behind);
        found
    }
}

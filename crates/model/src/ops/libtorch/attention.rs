//! Attention within each example, in LibTorch's graph.
//!
//! On a GPU it is one call over all examples, by kernels that take their boundaries. On the CPU, and for heads whose width
//! the kernels do not support, it is one call of LibTorch's scaled dot-product attention per example.
//!
//! Dimensions: `s` pieces of an example, `t` pieces of all, `h` hidden width, `n` heads, `d` width of a head.

use libtorch::attention::Attention;
use tch::{Device, Kind, Tensor};

use super::gpu::kernels::supports_head_width;
use super::head_layout::HeadLayout;
use super::tensors::integers;
use crate::input::ModelInput;

/// Projected hidden states, `[t, h]` each.
pub(super) struct Projections {
    pub(super) query: Tensor,
    pub(super) key: Tensor,
    pub(super) value: Tensor,
}

/// Describes the attention of a batch on a GPU.
pub(super) fn gpu_attention(input: &ModelInput, heads: &HeadLayout) -> Attention {
    Attention {
        boundaries: integers(input.boundaries()).to_kind(Kind::Int),
        longest: input.layout.longest(),
        n_heads: heads.n_heads,
        dropout: heads.dropout.rate,
    }
}

/// Computes the context vectors, `[t, h]`.
pub(super) fn attention(projected: &Projections, input: &ModelInput, heads: &HeadLayout) -> Tensor {
    let Projections { query, key, value } = projected;
    let d = query.size()[1] / heads.n_heads as i64;
    if query.device() != Device::Cpu && supports_head_width(d) {
        return gpu_attention(input, heads).in_graph(query, key, value);
    }
    let contexts: Vec<Tensor> = input
        .layout
        .examples()
        .map(|rows| {
            let part = |x: &Tensor| x.narrow(0, rows.start as i64, rows.len() as i64);
            one_example(&part(query), &part(key), &part(value), heads)
        })
        .collect();
    Tensor::cat(&contexts, 0)
}

/// Computes the context vectors of one example, `[s, h]`.
fn one_example(query: &Tensor, key: &Tensor, value: &Tensor, heads: &HeadLayout) -> Tensor {
    let (s, h) = query.size2().expect("rows");
    let n = heads.n_heads as i64;
    let [query, key, value] = [query, key, value].map(|x| x.view([1, s, n, h / n]).transpose(1, 2)); // [1, n, s, d]
    let (mask, rate) = (None::<&Tensor>, heads.dropout.rate);
    let context =
        Tensor::scaled_dot_product_attention(&query, &key, &value, mask, rate, false, None, false);
    context.transpose(1, 2).reshape([s, h])
}

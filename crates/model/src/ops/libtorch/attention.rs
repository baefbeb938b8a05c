//! Attention within each example, in LibTorch's graph: on a GPU one call over all examples, by kernels that take their
//! boundaries. Where there is none that fits, an example at a time by LibTorch's scaled dot-product attention: on the CPU, and
//! for heads of odd widths.
//!
//! Dimensions: `b` examples, `s` pieces of each, `t` pieces of all, `h` hidden width, `n` heads, `d` width of a head.

use libtorch::attention::Layout;
use tch::{Device, Kind, Tensor};

use super::embeddings::indices;
use super::host_attention::Partition;
use crate::input::ModelInput;

/// Of flash attention.
const WIDEST_HEAD: i64 = 256;

/// Where examples and heads lie on a GPU.
pub(super) fn layout(input: &ModelInput, heads: &Partition) -> Layout {
    Layout {
        boundaries: indices(input.boundaries()).to_kind(Kind::Int),
        longest: input.layout.longest(),
        n_heads: heads.n_heads,
        dropout: heads.dropout.rate,
    }
}

/// Whether kernels for GPUs take heads of a width: their rows are read 16 bytes at a time.
pub(super) fn is_head_fit(d: i64) -> bool {
    d % 8 == 0 && d <= WIDEST_HEAD
}

/// Mixtures of the values, `[t, h]`; query, key and value are `[t, h]`.
pub(super) fn attention(projected: [&Tensor; 3], input: &ModelInput, heads: &Partition) -> Tensor {
    let d = projected[0].size()[1] / heads.n_heads as i64;
    if projected[0].device() != Device::Cpu && is_head_fit(d) {
        return layout(input, heads).in_graph(projected);
    }
    let example = |rows: std::ops::Range<usize>| {
        let part = projected.map(|x| x.narrow(0, rows.start as i64, rows.len() as i64));
        one_example(part.each_ref(), heads)
    };
    let contexts: Vec<Tensor> = input.layout.examples().map(example).collect();
    Tensor::cat(&contexts, 0)
}

/// `[s, h]`.
fn one_example(projected: [&Tensor; 3], heads: &Partition) -> Tensor {
    let (s, h) = projected[0].size2().expect("rows");
    let n = heads.n_heads as i64;
    let [query, key, value] = projected.map(|x| x.view([1, s, n, h / n]).transpose(1, 2)); // [1, n, s, d]
    let (mask, rate) = (None::<&Tensor>, heads.dropout.rate);
    let context =
        Tensor::scaled_dot_product_attention(&query, &key, &value, mask, rate, false, None, false);
    context.transpose(1, 2).reshape([s, h])
}

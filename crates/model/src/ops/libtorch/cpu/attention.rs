//! Scaled dot-product attention on the CPU with its own backward pass, because LibTorch has no kernel with dropout there.
//!
//! It takes one example at a time: the probabilities stay in the processor's cache, and nothing is computed for padding.
//!
//! Dimensions: `s` pieces of an example, `t` pieces of all, `h` hidden width, `n` heads, `d` width of a head.

use std::ops::Range;

use tch::{Kind, Tensor};

use crate::ops::libtorch::head_layout::HeadLayout;

/// What the backward pass reads.
#[derive(Debug)]
pub(crate) struct CpuAttention {
    heads: HeadLayout,
    /// Query, key and value side by side, `[t, 3h]`.
    projected: Tensor,
    /// The probabilities of each example before dropout, `[n, s, s]`.
    probabilities: Vec<Tensor>,
}

/// The indices of query, key and value in matrices that lie side by side.
const QUERY: i64 = 0;
const KEY: i64 = 1;
const VALUE: i64 = 2;

impl CpuAttention {
    /// Computes the context vectors, `[t, h]`, and what the backward pass reads.
    pub(crate) fn forward(projected: Tensor, heads: HeadLayout) -> (Tensor, Self) {
        let (t, width) = projected.size2().expect("rows");
        let context = Tensor::empty([t, width / 3], (projected.kind(), projected.device()));
        let mut all = Vec::with_capacity(heads.layout.n_examples());
        for example in heads.layout.examples() {
            let part = |part| heads.part(&projected, &example, part, 3);
            let [query, key, value] = [QUERY, KEY, VALUE].map(part);
            let scores = product(&query, &key.transpose(1, 2), heads.scale(width / 3));
            let probabilities = scores.softmax(-1, None::<Kind>); // [n, s, s]
            let mask = heads.mask(&example, probabilities.kind());
            let dropped = mask.map_or_else(
                || probabilities.shallow_clone(),
                |mask| &probabilities * mask,
            );
            let mixed = product(&dropped, &value, heads.kept()); // [n, s, d]
            whole(&heads, &context, &example).copy_(&mixed);
            all.push(probabilities);
        }
        let saved = Self {
            heads,
            projected,
            probabilities: all,
        };
        (context, saved)
    }

    /// Computes the gradients of query, key and value side by side, `[t, 3h]`, from that of the context vectors.
    pub(crate) fn backward(self, gradient: &Tensor) -> Tensor {
        let Self {
            heads,
            projected,
            probabilities,
        } = self;
        let found = projected.empty_like();
        let scale = heads.scale(gradient.size()[1]);
        for (example, probabilities) in heads.layout.examples().zip(probabilities) {
            let part = |part| heads.part(&projected, &example, part, 3);
            let [query, key, value] = [QUERY, KEY, VALUE].map(part);
            let put = |part, x: &Tensor| heads.part(&found, &example, part, 3).copy_(x);
            let gradient = whole(&heads, gradient, &example);
            let mut slopes = product(&gradient, &value.transpose(1, 2), heads.kept()); // [n, s, s]
            let mut dropped = probabilities.shallow_clone();
            if let Some(mask) = heads.mask(&example, probabilities.kind()) {
                dropped = &probabilities * &mask;
                slopes *= mask;
            }
            let value = product(&dropped.transpose(1, 2), &gradient, heads.kept());
            put(VALUE, &value);
            let kind = probabilities.kind();
            let slopes = Tensor::internal_softmax_backward_data(&slopes, &probabilities, -1, kind);
            put(QUERY, &product(&slopes, &key, scale));
            put(KEY, &product(&slopes.transpose(1, 2), &query, scale));
        }
        found
    }
}

/// Views an example's rows of one matrix `[t, h]` by head, `[n, s, d]`.
fn whole(heads: &HeadLayout, x: &Tensor, example: &Range<usize>) -> Tensor {
    heads.part(x, example, 0, 1)
}

/// Computes `scale · a · b`, matrix by matrix.
fn product(a: &Tensor, b: &Tensor, scale: f64) -> Tensor {
    let nothing = Tensor::zeros([1, 1, 1], (a.kind(), a.device()));
    nothing.baddbmm(a, b, 0.0, scale)
}

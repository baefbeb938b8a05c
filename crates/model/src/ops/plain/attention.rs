//! Scaled dot-product attention of several heads, with dropout on its shares, over examples that are padded for it.
//!
//! burn's `module::attention` is not used: on LibTorch its mask is inverted, and it has no dropout.
//!
//! Dimensions: `b` examples, `s` positions of the longest one, `t` pieces of all, `h` hidden width, `n` heads, `d` width
//! of a head; `h = n · d`.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::dropout::drop_by;
use crate::input::{Layout, ModelInput};
use crate::ops::Site;

/// Added to the scores of keys that are padding: far enough below any score that `exp` makes it exactly 0,
/// near enough that f32 and bf16 hold it.
const PADDING_SCORE: f32 = -1.0e9;

/// Projected hidden states of one layer, each `[t, h]`.
pub(super) struct AttentionInput {
    pub(super) query: Tensor<2>,
    pub(super) key: Tensor<2>,
    pub(super) value: Tensor<2>,
    pub(super) n_heads: usize,
}

/// Between rows end to end and padded rows.
#[derive(Clone, Debug)]
pub(crate) struct Padding {
    /// The row of each place in the padded batch, the example's first where it is padding, `[b · s]`.
    rows: Tensor<1, Int>,
    /// The place of each row, `[t]`.
    places: Tensor<1, Int>,
    /// Added to the scores of each key, `[b, 1, 1, s]`.
    key_bias: Tensor<4>,
}

impl Padding {
    pub(crate) fn new(layout: &Layout, device: &Device) -> Self {
        let (b, s) = (layout.n_examples(), layout.padded());
        let mut rows = Vec::with_capacity(b * s);
        let mut bias = Vec::with_capacity(b * s);
        for example in layout.examples() {
            for position in 0..s {
                let is_filled = position < example.len();
                let row = example.start + if is_filled { position } else { 0 };
                rows.push(row as i32);
                // No query attends to padding (method §2, "What others get wrong").
                bias.push(if is_filled { 0.0 } else { PADDING_SCORE });
            }
        }
        let places: Vec<i32> = layout.places().map(|place| place as i32).collect();
        let ids = |values: Vec<i32>| {
            let shape = [values.len()];
            Tensor::from_data(TensorData::new(values, shape), device)
        };
        Self {
            rows: ids(rows),
            places: ids(places),
            key_bias: Tensor::from_data(TensorData::new(bias, [b, 1, 1, s]), device),
        }
    }
}

/// Each piece's mixture of its example's values, by softmax(query · key / √d), `[t, h]`.
///
/// The softmax is divided by its sum after the product with the values: `[b, n, s, d]` is smaller than
/// `[b, n, s, s]`, and dropout, which multiplies element by element, does not care.
pub(super) fn attention(projected: AttentionInput, input: &ModelInput, shares: Site) -> Tensor<2> {
    let layout = &input.layout;
    let padding = (!layout.is_full()).then(|| input.padding(&projected.query.device()));
    let [_, h] = projected.query.dims();
    let (b, s, n) = (layout.n_examples(), layout.padded(), projected.n_heads);
    let d = h / n;
    let heads = |x: Tensor<2>| {
        let x = match padding {
            Some(padding) => x.select(0, padding.rows.clone()), // [t, h] to [b · s, h]
            None => x,
        };
        x.reshape([b, s, n, d]).swap_dims(1, 2) // to [b, n, s, d]
    };
    let query = heads(projected.query * (d as f64).sqrt().recip());
    let (key, value) = (heads(projected.key), heads(projected.value));
    let scores = query.matmul(key.swap_dims(2, 3)); // [b, n, s, s]
    let scores = match padding {
        Some(padding) => scores + padding.key_bias.clone(),
        None => scores,
    };
    // The largest score is subtracted for range alone: the result does not depend on it, so neither do gradients.
    let largest = scores.clone().detach().max_dim(3);
    let weights = (scores - largest).exp();
    let sums = weights.clone().sum_dim(3); // [b, n, s, 1]
    let weights = drop_by(weights, shares, || shares_mask(layout, n, shares));
    let context = weights.matmul(value) / sums; // [b, n, s, d]
    let context = context.swap_dims(1, 2).reshape([b * s, h]); // [b, n, s, d] to [b · s, h]
    match padding {
        Some(padding) => context.select(0, padding.places.clone()), // to [t, h]
        None => context,
    }
}

/// The mask of attention shares, `[b, n, s, s]`: a query's factors are those of its row and head, its columns the keys'
/// positions.
fn shares_mask(layout: &Layout, n_heads: usize, site: Site) -> Vec<f32> {
    let s = layout.padded();
    let mut mask = Vec::with_capacity(layout.n_examples() * n_heads * s * s);
    for example in layout.examples() {
        for head in 0..n_heads {
            for position in 0..s {
                let row = ((example.start + position) * n_heads + head) as u64;
                let factors = site.factors(row);
                mask.extend((0..s).map(|key| factors.of(key)));
            }
        }
    }
    mask
}

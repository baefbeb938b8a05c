//! Scaled dot-product attention of several heads, with dropout on its probabilities, over the padded batch.
//!
//! burn's `module::attention` is not used: on LibTorch its mask is inverted, and it has no dropout.
//!
//! Dimensions: `b` examples, `s` positions of an example in the padded batch, `t` pieces of all, `h` hidden width, `n`
//! heads, `d` width of a head; `h = n · d`.

use burn::tensor::Tensor;

use super::dropout::drop_by;
use crate::input::ModelInput;
use crate::layout::Layout;
use crate::ops::dropout::Site;

/// The projected hidden states of one layer, each `[t, h]`.
pub(super) struct Projections {
    pub(super) query: Tensor<2>,
    pub(super) key: Tensor<2>,
    pub(super) value: Tensor<2>,
    pub(super) n_heads: usize,
}

/// Computes the context vectors: softmax(query · key / √d) · value within each example.
///
/// The division by the softmax's sum follows the product with the values, because `[b, n, s, d]` is smaller than
/// `[b, n, s, s]`. Dropout multiplies element by element, so the order makes no difference to it.
///
/// # Shapes
///
/// `[t, h]` each to `[t, h]`.
pub(super) fn attention(projected: Projections, input: &ModelInput, dropout: Site) -> Tensor<2> {
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
    let weights = drop_by(weights, dropout, || probabilities_mask(layout, n, dropout));
    let context = weights.matmul(value) / sums; // [b, n, s, d]
    let context = context.swap_dims(1, 2).reshape([b * s, h]); // [b, n, s, d] to [b · s, h]
    match padding {
        Some(padding) => context.select(0, padding.padded_indices.clone()), // to [t, h]
        None => context,
    }
}

/// Draws the mask of the attention probabilities, `[b, n, s, s]`. A query's row at the site is `row · n + head`, and its
/// columns are the positions of the keys.
fn probabilities_mask(layout: &Layout, n_heads: usize, site: Site) -> Vec<f32> {
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

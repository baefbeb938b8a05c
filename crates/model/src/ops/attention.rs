//! Scaled dot-product attention of several heads, with dropout on its shares.
//!
//! burn's `module::attention` is not used: on LibTorch its mask is inverted, and it has no dropout.
//!
//! Dimensions: `b` examples, `s` positions, `h` hidden width, `n` heads, `d` width of a head; `h = n · d`.

use burn::tensor::Tensor;

use super::Dropout;

/// Projected hidden states of one layer.
pub(crate) struct AttentionInput {
    /// `[b, s, h]`.
    pub(crate) query: Tensor<3>,
    /// `[b, s, h]`.
    pub(crate) key: Tensor<3>,
    /// `[b, s, h]`.
    pub(crate) value: Tensor<3>,
    /// Added to the scores of each key, `[b, 1, 1, s]`.
    pub(crate) key_bias: Option<Tensor<4>>,
    pub(crate) n_heads: usize,
}

/// Each position's mixture of the values, by softmax(query · key / √d).
///
/// The softmax is divided by its sum after the product with the values: `[b, n, s, d]` is smaller than
/// `[b, n, s, s]`, and dropout, which multiplies element by element, does not care.
///
/// # Shapes
///
/// `[b, s, h]` to `[b, s, h]`.
pub(crate) fn attention(input: AttentionInput, dropout: &Dropout) -> Tensor<3> {
    let [b, s, h] = input.query.dims();
    let d = h / input.n_heads;
    let heads = |x: Tensor<3>| x.reshape([b, s, input.n_heads, d]).swap_dims(1, 2); // [b, s, h] to [b, n, s, d]
    let query = heads(input.query * (d as f64).sqrt().recip());
    let (key, value) = (heads(input.key), heads(input.value));
    let scores = query.matmul(key.swap_dims(2, 3)); // [b, n, s, s]
    let scores = match input.key_bias {
        Some(bias) => scores + bias,
        None => scores,
    };
    // The largest score is subtracted for range alone: the result does not depend on it, so neither do gradients.
    let largest = scores.clone().detach().max_dim(3);
    let weights = (scores - largest).exp();
    let sums = weights.clone().sum_dim(3); // [b, n, s, 1]
    let context = dropout.shares(weights).matmul(value) / sums; // [b, n, s, d]
    context.swap_dims(1, 2).reshape([b, s, h]) // [b, n, s, d] to [b, s, h]
}

//! Layer norm, alone and behind a residual.
//!
//! Dimensions: `b` examples, `s` positions, `h` hidden width.

use burn::tensor::{Tensor, module};

use super::Dropout;
use crate::layers::LayerNorm;

/// Zero mean and unit variance over the last dimension, then `· weight + bias`, both `[h]`.
pub(crate) fn layer_norm<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    eps: f64,
) -> Tensor<D> {
    module::layer_norm(x, weight, Some(bias), eps)
}

/// What ends a sub-layer: `norm(dropout(output) + residual)`.
///
/// # Shapes
///
/// `[b, s, h]` to `[b, s, h]`.
pub(crate) fn residual_norm(
    output: Tensor<3>,
    residual: Tensor<3>,
    norm: &LayerNorm,
    dropout: &Dropout,
) -> Tensor<3> {
    norm.forward(dropout.hidden(output) + residual)
}

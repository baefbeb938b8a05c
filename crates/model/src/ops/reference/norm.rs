//! Layer norm.

use burn::tensor::{Tensor, module};

use crate::ops::contract::Norm;

/// Normalises the last dimension to zero mean and unit variance, then scales and shifts it.
pub(super) fn layer_norm<const D: usize>(x: Tensor<D>, norm: Norm) -> Tensor<D> {
    module::layer_norm(x, norm.weight, Some(norm.bias), norm.eps)
}

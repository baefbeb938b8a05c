//! Layer norm.

use burn::tensor::{Tensor, module};

use crate::ops::Norm;

/// Zero mean and unit variance over the last dimension, then scale and shift.
pub(crate) fn layer_norm<const D: usize>(x: Tensor<D>, norm: Norm) -> Tensor<D> {
    module::layer_norm(x, norm.weight, Some(norm.bias), norm.eps)
}

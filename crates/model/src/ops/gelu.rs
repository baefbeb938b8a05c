//! GELU by erf, forward and backward.

use burn::tensor::{Tensor, activation};

/// `x · Φ(x)`, exact (`method.md` §4).
pub(crate) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    activation::gelu(x)
}

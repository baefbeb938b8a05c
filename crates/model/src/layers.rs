//! The parameters that occur in several places of the model: those of an affine map, and those of a layer norm.
//!
//! burn has modules with the same parameters. The types here pass the parameters to `ops` instead, because an
//! operation there spans several modules.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, module::linear};

use crate::ops::contract::{Affine, Norm};

/// Computes `y = x · weight + bias`.
#[derive(Module, Debug)]
pub(crate) struct Linear {
    /// `[d_in, d_out]`: the transpose of Hugging Face's.
    weight: Param<Tensor<2>>,
    /// `[d_out]`.
    bias: Param<Tensor<1>>,
}

impl Linear {
    pub(crate) fn zeros(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self {
            weight: zeros([d_in, d_out], device),
            bias: zeros([d_out], device),
        }
    }

    /// # Shapes
    ///
    /// `[…, d_in]` to `[…, d_out]`.
    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        linear(x, self.weight.val(), Some(self.bias.val()))
    }

    /// Returns the values of the parameters.
    pub(crate) fn values(&self) -> Affine {
        Affine {
            weight: self.weight.val(),
            bias: self.bias.val(),
        }
    }
}

/// Normalises the last dimension to zero mean and unit variance, then scales and shifts it.
#[derive(Module, Debug)]
pub(crate) struct LayerNorm {
    /// `[h]`.
    weight: Param<Tensor<1>>,
    /// `[h]`.
    bias: Param<Tensor<1>>,
    /// ε under the root.
    #[module(skip)]
    eps: f64,
}

impl LayerNorm {
    pub(crate) fn zeros(width: usize, eps: f64, device: &Device) -> Self {
        Self {
            weight: zeros([width], device),
            bias: zeros([width], device),
            eps,
        }
    }

    /// Returns the values of the parameters.
    pub(crate) fn values(&self) -> Norm {
        Norm {
            weight: self.weight.val(),
            bias: self.bias.val(),
            eps: self.eps,
        }
    }
}

/// Returns a parameter of zeros, which the caller fills in.
pub(crate) fn zeros<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    Param::from_tensor(Tensor::zeros(shape, device))
}

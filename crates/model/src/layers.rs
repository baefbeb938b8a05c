//! The two kinds of parameters that repeat: an affine map and a layer norm.
//!
//! burn's own modules hold the same tensors; these show them to `ops`, whose operations are larger than a layer.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, module::linear};

use crate::ops::{Affine, Norm};

/// `y = x · weight + bias`.
#[derive(Module, Debug)]
pub(crate) struct Linear {
    /// `[d_in, d_out]`: Hugging Face's transposed.
    pub(crate) weight: Param<Tensor<2>>,
    /// `[d_out]`.
    pub(crate) bias: Param<Tensor<1>>,
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

    /// Its parameters' values.
    pub(crate) fn values(&self) -> Affine {
        Affine {
            weight: self.weight.val(),
            bias: self.bias.val(),
        }
    }
}

/// Zero mean and unit variance over the last dimension, then scale and shift.
#[derive(Module, Debug)]
pub(crate) struct LayerNorm {
    /// `[h]`.
    pub(crate) weight: Param<Tensor<1>>,
    /// `[h]`.
    pub(crate) bias: Param<Tensor<1>>,
    /// ε under the root.
    #[module(skip)]
    pub(crate) eps: f64,
}

impl LayerNorm {
    pub(crate) fn zeros(width: usize, eps: f64, device: &Device) -> Self {
        Self {
            weight: zeros([width], device),
            bias: zeros([width], device),
            eps,
        }
    }

    /// Its parameters' values.
    pub(crate) fn values(&self) -> Norm {
        Norm {
            weight: self.weight.val(),
            bias: self.bias.val(),
            eps: self.eps,
        }
    }
}

/// A parameter that still waits for its values.
pub(crate) fn zeros<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    Param::from_tensor(Tensor::zeros(shape, device))
}

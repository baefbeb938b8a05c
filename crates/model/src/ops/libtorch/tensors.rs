//! Small conversions of LibTorch's tensors.

use burn::tensor::Int;
use burn_tch::LibTorch;
use tch::{Kind, Tensor};

/// Returns the LibTorch tensor of integers.
pub(super) fn integers(values: &burn::tensor::Tensor<1, Int>) -> Tensor {
    let values = values.clone().without_autodiff();
    let values = values.try_into_primitive::<LibTorch>();
    values.expect("a tensor of LibTorch's device").tensor
}

/// Converts to bf16, contiguous.
pub(super) fn bf16(x: &Tensor) -> Tensor {
    x.to_kind(Kind::BFloat16).contiguous()
}

/// Computes the gradient of a weight, `xᵀ · gradient`, in f32 from bf16 matrices.
pub(super) fn weight_gradient(x: &Tensor, gradient: &Tensor) -> Tensor {
    x.tr().mm_dtype(gradient, Kind::Float)
}

//! Tensors between burn and LibTorch, without a copy.
#![expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]

use burn::tensor::Tensor;
use burn_tch::{LibTorch, TchTensor};

/// Returns the LibTorch tensor behind a tensor of a plain LibTorch device.
///
/// # Panics
/// If the tensor is on another device, or tracks gradients.
pub fn to_libtorch<const D: usize>(tensor: Tensor<D>) -> TchTensor {
    tensor
        .try_into_primitive::<LibTorch>()
        .expect("a tensor of LibTorch's device")
}

/// Makes a LibTorch tensor of floats a tensor of burn, of the same rank.
pub fn from_libtorch<const D: usize>(tensor: tch::Tensor) -> Tensor<D> {
    Tensor::from_primitive::<LibTorch>(TchTensor::new(tensor))
}

//! Integers on LibTorch's devices; on a GPU the host does not wait for them.

use burn::tensor::Int;
use burn_tch::{LibTorch, TchTensor};
use libtorch::transfer::send;
use tch::{Device, Tensor};

/// Some integers on a device, i32.
pub(super) fn sent(values: &[i32], device: Device) -> Tensor {
    match device {
        Device::Cuda(gpu) => send(values, gpu),
        _ => Tensor::from_slice(values),
    }
}

/// The same as a tensor of burn's, whose device LibTorch calls `place`.
pub(in crate::ops) fn integers(
    values: &[i32],
    device: &burn::tensor::Device,
    place: Device,
) -> burn::tensor::Tensor<1, Int> {
    let tensor = TchTensor::new(sent(values, place));
    let tensor = burn::tensor::Tensor::from_primitive::<LibTorch>(tensor);
    if device.is_autodiff() {
        tensor.autodiff()
    } else {
        tensor
    }
}

//! Transfer of integers to a device.
#![cfg_attr(
    feature = "tch",
    expect(deprecated, reason = "burn 0.22 is the last with LibTorch")
)]

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Puts integers on a device, i32 `[values]`. On one of LibTorch's GPUs the host does not wait for the transfer.
pub fn integers(values: &[i32], device: &Device) -> Tensor<1, Int> {
    #[cfg(feature = "tch")]
    if let Some(target) = crate::kind::libtorch_device(device) {
        let tensor = burn_tch::TchTensor::new(send(values, target));
        let tensor = Tensor::from_primitive::<burn_tch::LibTorch>(tensor);
        return if device.is_autodiff() {
            tensor.autodiff()
        } else {
            tensor
        };
    }
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

/// Puts integers on one of LibTorch's devices, i32 `[values]`, as a tensor of LibTorch. On a GPU the copy goes through
/// pinned memory and is queued, so the host does not wait.
#[cfg(feature = "tch")]
pub fn send(values: &[i32], device: tch::Device) -> tch::Tensor {
    match device {
        tch::Device::Cuda(gpu) => libtorch::transfer::send(values, gpu),
        _ => tch::Tensor::from_slice(values),
    }
}

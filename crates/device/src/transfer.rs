//! Integers on their way to a device.
#![cfg_attr(
    feature = "tch",
    expect(deprecated, reason = "burn 0.22 is the last with LibTorch")
)]

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Integers as a tensor on a device, `[values]`, i32. On one of LibTorch's GPUs the host does not wait for the transfer.
pub fn integers(values: &[i32], device: &Device) -> Tensor<1, Int> {
    #[cfg(feature = "tch")]
    if let Some(place) = crate::kind::libtorch_device(device) {
        let tensor = burn_tch::TchTensor::new(send(values, place));
        let tensor = Tensor::from_primitive::<burn_tch::LibTorch>(tensor);
        return if device.is_autodiff() {
            tensor.autodiff()
        } else {
            tensor
        };
    }
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

/// Integers as a LibTorch tensor on one of its devices, `[values]`, i32. On a GPU they go through pinned memory and the
/// queue, so the host does not wait.
#[cfg(feature = "tch")]
pub fn send(values: &[i32], device: tch::Device) -> tch::Tensor {
    match device {
        tch::Device::Cuda(gpu) => libtorch::transfer::send(values, gpu),
        _ => tch::Tensor::from_slice(values),
    }
}

//! Numbers on their way to a GPU: from pinned memory, queued like everything else there, so that the host does not wait
//! for what the GPU still does.

use burn::tensor::Int;
use burn_tch::{LibTorch, TchTensor};
use libtorch::attention::send;
use tch::{Device, Tensor};

/// Some integers on a device, i32.
pub(super) fn sent(values: &[i32], device: Device) -> Tensor {
    match device {
        Device::Cuda(gpu) => send(values, gpu),
        _ => Tensor::from_slice(values),
    }
}

/// The same as a tensor of burn's.
pub(in crate::ops) fn integers(
    values: &[i32],
    device: &burn::tensor::Device,
) -> burn::tensor::Tensor<1, Int> {
    let plain = device.clone().without_autodiff();
    let place = burn::tensor::Tensor::<1>::empty([0], &plain);
    let place = place.try_into_primitive::<LibTorch>();
    let place = place.expect("LibTorch's device").tensor.device();
    let tensor = TchTensor::new(sent(values, place));
    let tensor = burn::tensor::Tensor::from_primitive::<LibTorch>(tensor);
    if device.is_autodiff() {
        tensor.autodiff()
    } else {
        tensor
    }
}

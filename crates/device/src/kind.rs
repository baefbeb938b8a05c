//! Which kind of device a tensor or a model is on, for code that depends on it.

use burn::tensor::Device;

/// Whether a device is the pure-Rust CPU device, whose tensors lie in the host's memory: their buffers can be taken and
/// given back without a copy.
#[cfg(feature = "flex")]
pub fn is_flex(device: &Device) -> bool {
    *device == Device::flex()
}

/// Whether a device is the pure-Rust CPU device. A build without it has no tensor there.
#[cfg(not(feature = "flex"))]
pub fn is_flex(_device: &Device) -> bool {
    false
}

/// Whether a device is one of LibTorch's, on the CPU or a GPU.
#[cfg(feature = "tch")]
pub fn is_libtorch(device: &Device) -> bool {
    libtorch_device(device).is_some()
}

/// Whether a device is one of LibTorch's. A build without LibTorch has no tensor there.
#[cfg(not(feature = "tch"))]
pub fn is_libtorch(_device: &Device) -> bool {
    false
}

/// LibTorch's own name of a device, if it is one of LibTorch's. burn's device does not say which it is; a tensor on it
/// does.
#[cfg(feature = "tch")]
#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
pub fn libtorch_device(device: &Device) -> Option<tch::Device> {
    let empty = burn::tensor::Tensor::<1>::empty([0], &device.clone().without_autodiff());
    let empty = empty.try_into_primitive::<burn_tch::LibTorch>().ok()?;
    Some(empty.tensor.device())
}

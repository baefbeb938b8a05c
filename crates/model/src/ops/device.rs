//! Which device an operation is on, where its body depends on it.

use burn::tensor::Device;

/// The pure-Rust CPU device, whose tensors lie in the host's memory.
#[cfg(feature = "flex")]
pub(crate) fn is_flex(device: &Device) -> bool {
    *device == Device::flex()
}

/// A build without flex has no tensor on it.
#[cfg(not(feature = "flex"))]
pub(crate) fn is_flex(_: &Device) -> bool {
    false
}

/// One of LibTorch's, on the CPU or a GPU.
#[cfg(feature = "tch")]
pub(crate) fn is_libtorch(device: &Device) -> bool {
    libtorch_device(device).is_some()
}

/// A build without LibTorch has no tensor on it.
#[cfg(not(feature = "tch"))]
pub(crate) fn is_libtorch(_: &Device) -> bool {
    false
}

/// What LibTorch calls a device, where it is one of its: the CPU, or a GPU. burn's device does not say; a tensor of it does.
#[cfg(feature = "tch")]
#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
pub fn libtorch_device(device: &Device) -> Option<tch::Device> {
    let nothing = burn::tensor::Tensor::<1>::empty([0], &device.clone().without_autodiff());
    let nothing = nothing.try_into_primitive::<burn_tch::LibTorch>().ok()?;
    Some(nothing.tensor.device())
}

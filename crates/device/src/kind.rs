//! The kind of a device, for code that depends on it.

use burn::tensor::Device;

/// Whether a device is the pure-Rust CPU device. Its tensors are in the host's memory, so their buffers can be taken out and
/// put back without a copy.
#[cfg(feature = "flex")]
pub fn is_flex(device: &Device) -> bool {
    *device == Device::flex()
}

/// Returns false: this build does not have the pure-Rust CPU device.
#[cfg(not(feature = "flex"))]
pub fn is_flex(_device: &Device) -> bool {
    false
}

/// Whether a device is one of LibTorch's, on the CPU or a GPU.
#[cfg(feature = "tch")]
pub fn is_libtorch(device: &Device) -> bool {
    libtorch_device(device).is_some()
}

/// Returns false: this build does not have LibTorch.
#[cfg(not(feature = "tch"))]
pub fn is_libtorch(_device: &Device) -> bool {
    false
}

/// Returns the LibTorch device behind a burn device; `None` if it is not one of LibTorch's. burn's device does not
/// say which one it is, so this function makes an empty tensor on it and reads the tensor's device.
#[cfg(feature = "tch")]
#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
pub fn libtorch_device(device: &Device) -> Option<tch::Device> {
    let empty = burn::tensor::Tensor::<1>::empty([0], &device.clone().without_autodiff());
    let empty = empty.try_into_primitive::<burn_tch::LibTorch>().ok()?;
    Some(empty.tensor.device())
}

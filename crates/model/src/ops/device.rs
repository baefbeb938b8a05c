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

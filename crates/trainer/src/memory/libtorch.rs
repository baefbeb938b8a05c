//! The call of `peak.cpp`.
#![expect(
    unsafe_code,
    reason = "`tch` does not say what LibTorch's allocator counts"
)]
#![expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]

use std::ffi::c_int;

use burn::tensor::{Device, Tensor};
use burn_tch::LibTorch;

unsafe extern "C" {
    fn macbert_peak_memory(gpu: c_int, out: *mut u64) -> c_int;
}

/// The most bytes that tensors of a GPU have taken up at once; `None` on any other device.
pub(super) fn peak_bytes(device: &Device) -> Option<u64> {
    let nothing = Tensor::<1>::empty([0], &device.clone().without_autodiff());
    let nothing = nothing.try_into_primitive::<LibTorch>().ok()?;
    let tch::Device::Cuda(gpu) = nothing.tensor.device() else {
        return None;
    };
    let (gpu, mut bytes) = (c_int::try_from(gpu).ok()?, 0);
    // SAFETY: `out` points to a number that is borrowed here alone.
    let failure = unsafe { macbert_peak_memory(gpu, &raw mut bytes) };
    (failure == 0).then_some(bytes)
}

//! Memory of a GPU, as LibTorch's allocator counts it.
#![expect(unsafe_code, reason = "calls C++")]

use std::ffi::c_int;

unsafe extern "C" {
    fn macbert_peak_memory(gpu: c_int, out: *mut u64) -> c_int;
}

/// Returns the peak memory of the tensors on a GPU, in bytes; `None` if LibTorch finds no such GPU.
pub fn peak_bytes(gpu: usize) -> Option<u64> {
    let (gpu, mut bytes) = (c_int::try_from(gpu).ok()?, 0);
    // SAFETY: `out` points to a local number.
    let failure = unsafe { macbert_peak_memory(gpu, &raw mut bytes) };
    (failure == 0).then_some(bytes)
}

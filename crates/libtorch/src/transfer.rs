//! Transfer of integers to a GPU.
#![expect(unsafe_code, reason = "calls C++")]

use std::ffi::{c_char, c_int};

use tch::Tensor;

use crate::call::{Handle, new_tensors};

unsafe extern "C" {
    fn macbert_send(
        values: *const i32,
        n: usize,
        gpu: c_int,
        sent: *mut Handle,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
}

/// Copies integers to a GPU, i32 `[values]`. The copy goes through pinned memory and is queued, so the host does not
/// wait.
pub fn send(values: &[i32], gpu: usize) -> Tensor {
    let [sent] = new_tensors(|[sent], reason, capacity| {
        // SAFETY: pointer and length are those of a slice, which is copied before the call returns.
        unsafe {
            macbert_send(
                values.as_ptr(),
                values.len(),
                gpu as c_int,
                sent,
                reason,
                capacity,
            )
        }
    });
    sent
}

//! Numbers on their way to a GPU.
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

/// Integers on a GPU, i32: from pinned memory, queued behind what it still does, so that the host does not wait for it.
pub fn send(values: &[i32], gpu: usize) -> Tensor {
    let [sent] = new_tensors(|[sent], reason, capacity| {
        // SAFETY: as many values as there are; they are copied before the call returns.
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

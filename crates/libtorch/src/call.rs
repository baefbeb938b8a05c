//! Calls C++ functions. Each returns 0, or 1 and a reason.
#![expect(unsafe_code, reason = "C++ writes its reason into a buffer")]

use std::ffi::{CStr, c_char, c_int};

use tch::Tensor;
use torch_sys::C_tensor;

/// An `at::Tensor *`.
pub(crate) type Handle = *mut C_tensor;

pub(crate) fn handle(tensor: &Tensor) -> *const C_tensor {
    tensor.as_ptr()
}

/// Calls a function, and panics with LibTorch's reason if it fails. A failure is a bug of this program, such as
/// tensors of shapes that do not match.
pub(crate) fn call(function: impl FnOnce(*mut c_char, usize) -> c_int) {
    if let Err(reason) = try_call(function) {
        panic!("LibTorch: {reason}");
    }
}

/// Calls a function that may fail for reasons outside of this program, and returns LibTorch's reason if it does.
pub(crate) fn try_call(function: impl FnOnce(*mut c_char, usize) -> c_int) -> Result<(), String> {
    let mut reason = [0; 512];
    if function(reason.as_mut_ptr(), reason.len()) == 0 {
        return Ok(());
    }
    // SAFETY: the buffer starts as zeros, and C++ ends its text with a zero.
    let reason = unsafe { CStr::from_ptr(reason.as_ptr()) };
    Err(reason.to_string_lossy().into_owned())
}

/// Calls a function that makes tensors, and takes ownership of them.
pub(crate) fn new_tensors<const N: usize>(
    function: impl FnOnce(&mut [Handle; N], *mut c_char, usize) -> c_int,
) -> [Tensor; N] {
    let mut handles = [std::ptr::null_mut(); N];
    call(|reason, capacity| function(&mut handles, reason, capacity));
    // SAFETY: the call succeeded, so each handle is that of a tensor made by `new`, and nothing else owns the tensor.
    handles.map(|handle| unsafe { Tensor::from_ptr(handle) })
}

//! Turns vectors into tensors on the CPU, and borrows such tensors as slices, without a copy.
#![expect(
    unsafe_code,
    reason = "a tensor takes over a vector's memory, and a slice borrows a tensor's"
)]

use std::ffi::{c_char, c_int, c_void};

use tch::{Device, Kind, Tensor};

use crate::call::{Handle, new_tensors};

unsafe extern "C" {
    fn macbert_adopt(
        numbers: *mut f32,
        shape: *const i64,
        n_dimensions: usize,
        owner: *mut c_void,
        release: extern "C" fn(*mut c_void),
        adopted: *mut Handle,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
}

/// Turns row-major numbers into a tensor on the CPU, f32 `[shape]`. The tensor takes over the memory of the vector.
pub fn tensor(numbers: Vec<f32>, shape: &[i64]) -> Tensor {
    assert_eq!(
        shape.iter().product::<i64>(),
        numbers.len() as i64,
        "as many numbers as the shape has"
    );
    let mut owner = Box::new(numbers);
    let numbers = owner.as_mut_ptr();
    let owner = Box::into_raw(owner).cast();
    let [adopted] = new_tensors(|[adopted], reason, capacity| {
        // SAFETY: the memory has as many numbers as the shape, and lives until LibTorch calls `release` once, which frees it.
        unsafe {
            macbert_adopt(
                numbers,
                shape.as_ptr(),
                shape.len(),
                owner,
                release,
                adopted,
                reason,
                capacity,
            )
        }
    });
    adopted
}

extern "C" fn release(owner: *mut c_void) {
    // SAFETY: `owner` is the box that `tensor` gave away, and LibTorch gives it back once.
    drop(unsafe { Box::from_raw(owner.cast::<Vec<f32>>()) });
}

/// Borrows the numbers of a contiguous f32 tensor on the CPU, row-major. While the slice lives, nothing may write to
/// the tensor through another handle.
pub fn slice(tensor: &Tensor) -> &[f32] {
    assert!(
        tensor.kind() == Kind::Float && tensor.is_contiguous() && tensor.device() == Device::Cpu,
        "a contiguous f32 tensor on the CPU"
    );
    let n = tensor.numel();
    if n == 0 {
        return &[];
    }
    // SAFETY: the tensor is borrowed, and LibTorch keeps its `n` numbers in place while it lives. The crates that call
    // this do not write to a tensor while they read a slice of it.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast(), n) }
}

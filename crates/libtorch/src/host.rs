//! Numbers of tensors in the host's memory, uncopied.
#![expect(
    unsafe_code,
    reason = "LibTorch's memory as a slice, and a vector's as LibTorch's"
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

/// A tensor of these numbers, row-major, on the CPU: their memory becomes the tensor's.
pub fn tensor(numbers: Vec<f32>, shape: &[i64]) -> Tensor {
    assert_eq!(
        shape.iter().product::<i64>(),
        numbers.len() as i64,
        "one number a place"
    );
    let mut owner = Box::new(numbers);
    let numbers = owner.as_mut_ptr();
    let owner = Box::into_raw(owner).cast();
    let [adopted] = new_tensors(|[adopted], reason, capacity| {
        // SAFETY: the memory holds as many numbers as the shape has places, and lives until LibTorch calls `release`, once,
        // which frees it.
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
    // SAFETY: `owner` is the box that `tensor` gave away, and comes back once.
    drop(unsafe { Box::from_raw(owner.cast::<Vec<f32>>()) });
}

/// The numbers of a flat f32 tensor on the CPU, row-major. Nobody may write to it, by another handle, while they are looked
/// at.
pub fn numbers(tensor: &Tensor) -> &[f32] {
    assert!(
        tensor.kind() == Kind::Float && tensor.is_contiguous() && tensor.device() == Device::Cpu,
        "flat f32 on the CPU"
    );
    let n = tensor.numel();
    if n == 0 {
        return &[];
    }
    // SAFETY: LibTorch keeps so many numbers there for as long as the tensor lives, which is borrowed; the layers above
    // write to no tensor that they have handed out for reading.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast(), n) }
}

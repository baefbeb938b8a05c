//! Numbers of tensors in the host's memory, uncopied.
#![expect(unsafe_code, reason = "LibTorch's memory as a slice")]

use tch::{Device, Kind, Tensor};

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

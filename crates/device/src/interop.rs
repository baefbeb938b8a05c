//! Converts tensors between burn and LibTorch, without a copy.
#![expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]

use burn::tensor::Tensor;
use burn_tch::{LibTorch, TchTensor};

/// Returns the LibTorch tensor behind a burn tensor of a plain LibTorch device. Both tensors use the same memory.
///
/// # Panics
/// If the tensor is on another device, or tracks gradients.
pub fn to_libtorch<const D: usize>(tensor: Tensor<D>) -> tch::Tensor {
    primitive(tensor).tensor
}

/// Returns a contiguous LibTorch tensor that can be written in place, because no other tensor uses its memory. This is
/// a copy if another tensor uses the memory of the burn tensor, or if the burn tensor is not contiguous.
///
/// # Panics
/// If the tensor is on another device, or tracks gradients.
pub fn to_unshared_libtorch<const D: usize>(tensor: Tensor<D>) -> tch::Tensor {
    let tensor = primitive(tensor);
    if tensor.can_mut() && tensor.tensor.is_contiguous() {
        tensor.tensor
    } else {
        tensor.tensor.contiguous().copy()
    }
}

/// Converts a LibTorch tensor of floats to a burn tensor of the same rank.
pub fn from_libtorch<const D: usize>(tensor: tch::Tensor) -> Tensor<D> {
    Tensor::from_primitive::<LibTorch>(TchTensor::new(tensor))
}

/// Cuts a flat tensor, of a plain LibTorch device, into parts of these sizes, without a copy. The parts do not overlap and
/// `flat` is gone, so each part may be written in place.
///
/// # Panics
/// If the tensor is on another device, or tracks gradients.
pub fn split_libtorch(flat: Tensor<1>, sizes: &[usize]) -> Vec<Tensor<1>> {
    let flat = to_unshared_libtorch(flat);
    let mut start = 0;
    let parts = sizes.iter().map(|size| {
        let part = flat.narrow(0, start, *size as i64);
        start += *size as i64;
        from_libtorch(part)
    });
    parts.collect()
}

fn primitive<const D: usize>(tensor: Tensor<D>) -> TchTensor {
    tensor
        .try_into_primitive::<LibTorch>()
        .expect("a tensor of LibTorch's device")
}

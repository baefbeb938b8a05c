//! Tensors as arguments of kernels. A kernel only gets an address, so type, size and device are checked here.

use tch::{Kind, Tensor};

use super::program::Argument;
use super::site::RowDropout;

/// The address of hidden states, bf16 `[rows, width]`.
pub(super) fn hidden(x: &Tensor, rows: usize, width: usize) -> Argument {
    address(x, Kind::BFloat16, rows * width)
}

/// The address of `n` numbers, f32.
pub(super) fn numbers(x: &Tensor, n: usize) -> Argument {
    address(x, Kind::Float, n)
}

/// The address of `n` integers, i32.
pub(super) fn integers(x: &Tensor, n: usize) -> Argument {
    address(x, Kind::Int, n)
}

/// The address of the indices of `n` rows, or 0 if they are all rows.
pub(super) fn row_indices(dropout: RowDropout<'_>, n: usize) -> Argument {
    dropout
        .rows
        .map_or(Argument::Address(0), |rows| integers(rows, n))
}

/// Allocates a tensor on the GPU of another, f32.
pub(super) fn floats(shape: &[usize], like: &Tensor) -> Tensor {
    let shape: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
    Tensor::empty(shape, (Kind::Float, like.device()))
}

/// Returns the numbers of rows and columns of a matrix.
pub(super) fn sizes(x: &Tensor) -> (usize, usize) {
    let (rows, width) = x.size2().expect("a matrix");
    (rows as usize, width as usize)
}

fn address(x: &Tensor, kind: Kind, n: usize) -> Argument {
    assert!(
        x.kind() == kind && x.numel() == n && x.is_contiguous() && x.device().is_cuda(),
        "expected {n} numbers of {kind:?}, contiguous and on a GPU, found {:?} {:?} on {:?}",
        x.size(),
        x.kind(),
        x.device()
    );
    let address = x.data_ptr() as u64;
    assert!(
        address.is_multiple_of(16),
        "expected an address that is a multiple of 16, as kernels read 16 bytes at a time"
    );
    Argument::Address(address)
}

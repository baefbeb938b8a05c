//! The rows of a layer that are asked for, as LibTorch takes them.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width.

use std::sync::Arc;

use tch::{Kind, Tensor};

use super::tensors::integers;
use crate::rows::Rows;

/// The rows of a layer that are asked for.
pub(super) struct AskedRows {
    /// Their indices for LibTorch's operations, i64 `[r]`, on the device.
    indices: Tensor,
    /// Their indices for kernels, i32 `[r]`, on the device.
    pub(super) kernel_indices: Tensor,
    /// Their indices on the host.
    pub(super) on_host: Arc<[u32]>,
}

impl AskedRows {
    /// Puts the rows on a device; `None` if they are all rows.
    pub(super) fn new(rows: &Rows, device: &burn::tensor::Device) -> Option<Self> {
        let (on_device, on_host) = rows.indices_on(device).zip(rows.indices())?;
        let indices = integers(on_device);
        Some(Self {
            indices: indices.to_kind(Kind::Int64),
            kernel_indices: indices.to_kind(Kind::Int),
            on_host: Arc::clone(on_host),
        })
    }
}

/// Takes the rows that are asked for, `[t, h]` to `[r, h]`; `None` takes all.
pub(super) fn gathered(all: &Tensor, rows: Option<&AskedRows>) -> Tensor {
    rows.map_or_else(
        || all.shallow_clone(),
        |rows| all.index_select(0, &rows.indices),
    )
}

/// Puts rows back among rows of zeros, `[r, h]` to `[t, h]`. `like` is a tensor of the latter shape.
pub(super) fn scattered(some: Tensor, rows: Option<&AskedRows>, like: &Tensor) -> Tensor {
    match rows {
        Some(rows) => like.zeros_like().index_copy_(0, &rows.indices, &some),
        None => some,
    }
}

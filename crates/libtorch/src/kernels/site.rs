//! Dropout in kernels: masks that are a function of a key, the row and the column.

use tch::Tensor;

/// Dropout at one place of the model: what decides the mask. Its layout is that of `Site` in `kernels.cu`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Site {
    /// The key of the place and the batch.
    pub key: u64,
    /// A number is dropped if its draw of 32 bits is below this.
    pub below: u32,
    /// The factor of numbers that are not dropped.
    pub kept: f32,
}

/// Dropout of rows of hidden states.
#[derive(Clone, Copy, Debug)]
pub struct RowDropout<'t> {
    /// The place.
    pub site: Site,
    /// The indices of the rows among all rows, which decide their masks, i32 `[r]`; `None` if they are all rows.
    pub rows: Option<&'t Tensor>,
}

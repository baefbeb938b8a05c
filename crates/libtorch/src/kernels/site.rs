//! Dropout in kernels: masks that are a function of a key, the row and the column.

use tch::Tensor;

/// What decides the dropout mask at one place of the model. The fields are laid out as in `Site` of `kernels.cu`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Site {
    /// The key of the place and the batch.
    pub key: u64,
    /// A number is dropped if a random number of 32 bits, drawn for it, is below this.
    pub below: u32,
    /// The factor by which the numbers that are not dropped are multiplied.
    pub kept: f32,
}

/// Dropout of rows of hidden states.
#[derive(Clone, Copy, Debug)]
pub struct RowDropout<'t> {
    /// What decides the mask.
    pub site: Site,
    /// The index of each row among all rows of the batch, i32 `[r]`; `None` if all rows are given. A row's mask
    /// depends on it.
    pub rows: Option<&'t Tensor>,
}

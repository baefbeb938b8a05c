//! The index tensors that convert between rows and the padded batch, for operations that need examples of equal
//! length.
//!
//! Dimensions: `b` examples, `s` positions of an example in the padded batch, `t` pieces of all examples.

use burn::tensor::{Device, Int, Tensor, TensorData};
use device::integers;

use crate::layout::Layout;

/// The number that is added to the attention scores of padding. It is so far below any score that the softmax gives
/// exactly 0, and it is within the range of f32 and bf16.
const PADDING_SCORE: f32 = -1.0e9;

/// The index tensors that pad rows and remove the padding again.
#[derive(Clone, Debug)]
pub(crate) struct Padding {
    /// The row of each padded index, `[b · s]`. Padding points to its example's first row.
    pub(crate) rows: Tensor<1, Int>,
    /// The padded index of each row, `[t]`.
    pub(crate) padded_indices: Tensor<1, Int>,
    /// Added to the attention scores of each key, `[b, 1, 1, s]`: 0, or −10⁹ for padding.
    pub(crate) key_bias: Tensor<4>,
}

impl Padding {
    pub(crate) fn new(layout: &Layout, device: &Device) -> Self {
        let (b, s) = (layout.n_examples(), layout.padded());
        let mut rows = Vec::with_capacity(b * s);
        let mut bias = Vec::with_capacity(b * s);
        for (index, example) in layout.examples().enumerate() {
            for position in 0..s {
                let is_filled = position < example.len();
                let row = example.start + if is_filled { position } else { 0 };
                rows.push(row as i32);
                // No query attends to padding (method §2, "What others get wrong").
                bias.push(if position < layout.n_keys(index) {
                    0.0
                } else {
                    PADDING_SCORE
                });
            }
        }
        let indices: Vec<i32> = layout.padded_indices().map(|index| index as i32).collect();
        Self {
            rows: integers(&rows, device),
            padded_indices: integers(&indices, device),
            key_bias: Tensor::from_data(TensorData::new(bias, [b, 1, 1, s]), device),
        }
    }
}

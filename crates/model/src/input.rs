//! The input of the model: tensors of a batch whose examples lie end to end, without padding.
//!
//! Dimensions: `b` examples of the batch, `s` positions of an example in the padded batch, `t` pieces of all examples.

use std::cell::OnceCell;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor};
use device::integers;

use crate::layout::Layout;
use crate::padding::Padding;

/// A batch of examples on a device.
///
/// Padding is left out: each operation sees `t` rows, and only attention looks at where an example ends.
#[derive(Clone, Debug)]
pub struct ModelInput {
    /// Piece ids, `[t]`.
    pub(crate) input_ids: Tensor<1, Int>,
    /// 0 for text A and its special tokens, 1 for text B, `[t]`.
    pub(crate) segment_ids: Tensor<1, Int>,
    /// The position of each piece in its example, `[t]`.
    pub(crate) position_ids: Tensor<1, Int>,
    /// The rows of each example.
    pub(crate) layout: Arc<Layout>,
    /// Seed of the dropout masks of this batch. A model without dropout ignores it.
    pub(crate) dropout_seed: u64,
    /// The result of [`Self::padding`]. The first operation that needs it makes it.
    padding: OnceCell<Padding>,
    /// The result of [`Self::boundaries`]. The first operation that needs it makes it.
    #[cfg(feature = "tch")]
    boundaries: OnceCell<Tensor<1, Int>>,
}

impl ModelInput {
    /// Puts a batch on a device.
    ///
    /// `input_ids` and `segment_ids` are row-major `[b, length]`. `lengths` has the number of pieces of each of the `b`
    /// examples without padding. `dropout_seed` should differ from batch to batch and from step to step.
    ///
    /// # Panics
    ///
    /// If the lengths of the arguments do not agree.
    pub fn new(
        input_ids: &[i32],
        segment_ids: &[i32],
        lengths: &[u32],
        length: usize,
        dropout_seed: u64,
        device: &Device,
    ) -> Self {
        let layout = Layout::new(lengths, length);
        Self::of(input_ids, segment_ids, layout, dropout_seed, device)
    }

    /// Puts a batch on a device with its padding, as transformers computes it, for comparisons with transformers. Only the
    /// reference implementation takes such a batch.
    ///
    /// # Panics
    ///
    /// If the lengths of the arguments do not agree.
    pub fn with_padding(
        input_ids: &[i32],
        segment_ids: &[i32],
        lengths: &[u32],
        length: usize,
        device: &Device,
    ) -> Self {
        let layout = Layout::with_padding(lengths, length);
        Self::of(input_ids, segment_ids, layout, 0, device)
    }

    /// Puts the rows of a layout on a device.
    fn of(
        input_ids: &[i32],
        segment_ids: &[i32],
        layout: Layout,
        dropout_seed: u64,
        device: &Device,
    ) -> Self {
        let length = layout.padded();
        assert_eq!(
            input_ids.len(),
            layout.n_examples() * length,
            "one id per position"
        );
        assert_eq!(
            segment_ids.len(),
            input_ids.len(),
            "one segment per position"
        );
        let ids = |of: &dyn Fn(usize) -> i32| {
            let values: Vec<i32> = layout.padded_indices().map(of).collect();
            integers(&values, device)
        };
        Self {
            input_ids: ids(&|index| input_ids[index]),
            segment_ids: ids(&|index| segment_ids[index]),
            position_ids: ids(&|index| (index % length) as i32),
            layout: Arc::new(layout),
            dropout_seed,
            padding: OnceCell::new(),
            #[cfg(feature = "tch")]
            boundaries: OnceCell::new(),
        }
    }

    /// Returns the index tensors between rows and the padded batch.
    pub(crate) fn padding(&self, device: &Device) -> &Padding {
        self.padding
            .get_or_init(|| Padding::new(&self.layout, device))
    }

    /// Returns the first row of each example, and `t` at the end, `[b + 1]`, on the device of the input.
    #[cfg(feature = "tch")]
    pub(crate) fn boundaries(&self) -> &Tensor<1, Int> {
        self.boundaries.get_or_init(|| {
            let starts = self.layout.starts().iter().map(|row| *row as i32);
            let starts: Vec<i32> = starts.collect();
            integers(&starts, &self.input_ids.device())
        })
    }

    /// Returns the number of pieces of all examples, `t`.
    pub(crate) fn n_rows(&self) -> usize {
        self.layout.n_rows()
    }
}

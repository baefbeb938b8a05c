//! The rows of the last layer that anybody reads.
//!
//! The heads read the last layer at the masked positions and at each example's first piece, and nothing else of it is in
//! the loss. So of what comes behind its attention, which still mixes all pieces, only these rows are made (in f32 on the CPU
//! they alone ask in it): in BERT base with 15 of 100 pieces masked, a step takes a twentieth less.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are read.

use std::cell::OnceCell;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor};

use crate::input::Layout;
use device::integers;

/// Which rows of `[t, h]` a layer is to give.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// Ascending, `[r]`; `None` for all of them.
    numbers: Option<Arc<[u32]>>,
    /// Made where an operation needs it.
    on_device: OnceCell<Tensor<1, Int>>,
}

impl Rows {
    /// Those that the heads read; `masked_indices` are places in the flattened padded batch.
    pub(crate) fn read_by_heads(layout: &Layout, masked_indices: &[i32]) -> Self {
        let masked = masked_indices
            .iter()
            .map(|place| layout.row(*place as usize));
        let first = layout.first_rows().iter().copied();
        let mut numbers: Vec<u32> = first.chain(masked).map(|row| row as u32).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Self {
            numbers: (numbers.len() < layout.n_rows()).then(|| numbers.into()),
            on_device: OnceCell::new(),
        }
    }

    /// Their numbers, ascending; `None` for all.
    pub(crate) fn numbers(&self) -> Option<&Arc<[u32]>> {
        self.numbers.as_ref()
    }

    /// The same on a device.
    pub(crate) fn on(&self, device: &Device) -> Option<&Tensor<1, Int>> {
        let numbers = self.numbers.as_ref()?;
        let made = || {
            let numbers: Vec<i32> = numbers.iter().map(|row| *row as i32).collect();
            integers(&numbers, device)
        };
        Some(self.on_device.get_or_init(made))
    }

    /// Where among them a row is.
    ///
    /// # Panics
    ///
    /// Panics where it is not one of them.
    pub(crate) fn place(&self, row: usize) -> usize {
        let Some(numbers) = &self.numbers else {
            return row;
        };
        numbers
            .binary_search(&(row as u32))
            .expect("a row that is read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of 3 and 2 pieces, padded to 4.
    fn layout() -> Layout {
        Layout::new(&[3, 2], 4)
    }

    #[test]
    fn heads_read_first_pieces_and_masked_positions() {
        let rows = Rows::read_by_heads(&layout(), &[5, 2]);
        assert_eq!(
            rows.numbers().map(|rows| rows.to_vec()),
            Some(vec![0, 2, 3, 4])
        );
        assert_eq!([0, 2, 3, 4].map(|row| rows.place(row)), [0, 1, 2, 3]);
    }

    #[test]
    fn all_rows_are_where_they_are() {
        let rows = Rows::read_by_heads(&layout(), &[1, 2, 5]);
        assert!(rows.numbers().is_none());
        assert_eq!(rows.place(3), 3);
    }
}

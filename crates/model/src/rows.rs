//! The rows of the last layer that a head reads.
//!
//! The heads of pre-training read the output of the last layer at the masked positions and at each example's first
//! piece. The loss does not depend on the other rows, so everything after the last attention is computed only for the
//! rows that are read. Keys and values are still computed for all rows; on the CPU in f32, queries are not. In BERT
//! base with 15 of 100 pieces masked, a step takes 5 % less time.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are read.

use std::cell::OnceCell;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor};
use device::integers;

use crate::layout::Layout;

/// The rows of `[t, h]` that a layer has to compute. The default is all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// The indices of the rows in ascending order, `[r]`; `None` for all rows.
    indices: Option<Arc<[u32]>>,
    /// The indices as a tensor. The first operation that needs it makes it.
    on_device: OnceCell<Tensor<1, Int>>,
}

impl Rows {
    /// Collects the rows that heads read: the first of each example, and those of the given padded indices.
    pub(crate) fn read_by_heads(layout: &Layout, padded_indices: &[i32]) -> Self {
        let chosen = padded_indices
            .iter()
            .map(|index| layout.row(*index as usize));
        let first = layout.first_rows().iter().copied();
        let mut indices: Vec<u32> = first.chain(chosen).map(|row| row as u32).collect();
        indices.sort_unstable();
        indices.dedup();
        Self {
            indices: (indices.len() < layout.n_rows()).then(|| indices.into()),
            on_device: OnceCell::new(),
        }
    }

    /// Returns the indices of the rows in ascending order; `None` for all rows.
    pub(crate) fn indices(&self) -> Option<&Arc<[u32]>> {
        self.indices.as_ref()
    }

    /// Returns the indices of the rows as a tensor; `None` for all rows.
    pub(crate) fn indices_on(&self, device: &Device) -> Option<&Tensor<1, Int>> {
        let indices = self.indices.as_ref()?;
        let make = || {
            let indices: Vec<i32> = indices.iter().map(|row| *row as i32).collect();
            integers(&indices, device)
        };
        Some(self.on_device.get_or_init(make))
    }

    /// Finds the index of a row among these rows.
    ///
    /// # Panics
    ///
    /// If the row is not one of them.
    pub(crate) fn index_of(&self, row: usize) -> usize {
        let Some(indices) = &self.indices else {
            return row;
        };
        indices
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
            rows.indices().map(|rows| rows.to_vec()),
            Some(vec![0, 2, 3, 4])
        );
        assert_eq!([0, 2, 3, 4].map(|row| rows.index_of(row)), [0, 1, 2, 3]);
    }

    #[test]
    fn among_all_rows_each_has_its_own_index() {
        let rows = Rows::read_by_heads(&layout(), &[1, 2, 5]);
        assert!(rows.indices().is_none());
        assert_eq!(rows.index_of(3), 3);
    }
}

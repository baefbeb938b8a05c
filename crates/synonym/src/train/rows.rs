//! Vectors that several threads read and write at once, without locks and without `unsafe`.
//!
//! This is Hogwild (Niu et al. 2011). If two threads update the same row at once, one update is lost. That is rare,
//! because two threads seldom hold the same rare word. Rows are copied out and back by relaxed atomics of two numbers
//! each, so there is no data race, and the arithmetic runs on the copies with full vector width.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers per block: one register of AVX-512, or two of AVX2.
pub(super) const LANES: usize = 16;
const PAIRS: usize = LANES / 2;

/// A block of numbers, aligned for vector instructions.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub(super) struct Block(pub [f32; LANES]);

impl Block {
    pub(super) const ZERO: Self = Self([0.0; LANES]);
}

#[repr(align(64))]
struct SharedBlock([AtomicU64; PAIRS]);

/// A matrix `[words, blocks per row]`. Numbers beyond the dimensions are 0 and stay 0.
pub(super) struct SharedRows {
    blocks: Vec<SharedBlock>,
    n_blocks: usize,
}

impl SharedRows {
    /// Makes rows of `dimensions` numbers; `row(index, numbers)` fills each.
    pub(super) fn new(
        n_rows: usize,
        dimensions: usize,
        mut row: impl FnMut(usize, &mut [f32]),
    ) -> Self {
        let n_blocks = dimensions.div_ceil(LANES);
        let mut numbers = vec![0.0; n_blocks * LANES];
        let mut blocks = Vec::with_capacity(n_rows * n_blocks);
        for index in 0..n_rows {
            row(index, &mut numbers[..dimensions]);
            let block = |lanes: &[f32; LANES]| {
                let pairs: [u64; PAIRS] = bytemuck::cast(*lanes);
                SharedBlock(pairs.map(AtomicU64::new))
            };
            blocks.extend(numbers.as_chunks().0.iter().map(block));
        }
        Self { blocks, n_blocks }
    }

    /// The number of blocks per row.
    pub(super) fn n_blocks(&self) -> usize {
        self.n_blocks
    }

    /// Copies a row out.
    pub(super) fn load(&self, row: u32, into: &mut [Block]) {
        let start = row as usize * self.n_blocks;
        for (block, into) in self.blocks[start..start + self.n_blocks].iter().zip(into) {
            let pairs: [u64; PAIRS] =
                std::array::from_fn(|pair| block.0[pair].load(Ordering::Relaxed));
            into.0 = bytemuck::cast(pairs);
        }
    }

    /// Copies a row back.
    pub(super) fn store(&self, row: u32, from: &[Block]) {
        let start = row as usize * self.n_blocks;
        for (block, from) in self.blocks[start..start + self.n_blocks].iter().zip(from) {
            let pairs: [u64; PAIRS] = bytemuck::cast(from.0);
            for (shared, pair) in block.0.iter().zip(pairs) {
                shared.store(pair, Ordering::Relaxed);
            }
        }
    }

    /// All rows as numbers, without the padding; `[words, dimensions]`.
    pub(super) fn into_numbers(self, dimensions: usize) -> Vec<f32> {
        let rows = self.blocks.chunks(self.n_blocks);
        let mut numbers = Vec::with_capacity(rows.len() * dimensions);
        for row in rows {
            let pairs = row.iter().flat_map(|block| &block.0);
            let row = pairs.flat_map(|pair| {
                let pair: [f32; 2] = bytemuck::cast(pair.load(Ordering::Relaxed));
                pair
            });
            numbers.extend(row.take(dimensions));
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, SharedRows};

    #[test]
    fn a_loaded_row_equals_the_stored_one_and_padding_is_zero() {
        let rows = SharedRows::new(3, 19, |row, numbers| numbers.fill(row as f32));
        let mut copy = [Block::ZERO; 2];
        rows.load(1, &mut copy);
        assert_eq!((copy[0].0, copy[1].0[2]), ([1.0; 16], 1.0));
        assert_eq!(copy[1].0[3..], [0.0; 13]);
        copy[1].0[2] = 7.0;
        rows.store(1, &copy);
        let numbers = rows.into_numbers(19);
        assert_eq!(numbers.len(), 57);
        assert_eq!(numbers[36..39], [1.0, 7.0, 2.0]);
    }
}

//! What the model is given: a batch of examples laid end to end without padding, as tensors.
//!
//! Dimensions: `b` examples of the batch, `s` positions of the longest one, `t` pieces of all examples.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor};

use device::integers;

use crate::ops::Padding;

/// A batch of examples, end to end.
#[derive(Clone, Debug)]
pub struct ModelInput {
    /// Piece ids, `[t]`.
    pub input_ids: Tensor<1, Int>,
    /// 0 for text A and its specials, 1 for text B, `[t]`.
    pub segment_ids: Tensor<1, Int>,
    /// Each piece's place in its example, `[t]`.
    pub position_ids: Tensor<1, Int>,
    /// Where the examples lie.
    pub layout: Arc<Layout>,
    /// Seed of this batch's dropout masks; without effect where nothing is dropped.
    pub dropout_seed: u64,
    /// Made where an operation needs it.
    padding: OnceCell<Padding>,
    /// Made where an operation needs it.
    #[cfg(feature = "tch")]
    boundaries: OnceCell<Tensor<1, Int>>,
}

/// Where examples lie that are laid end to end, and where they would lie if they were padded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// First row of each example, and the number of all rows behind the last, `b + 1`.
    starts: Vec<usize>,
    /// Positions of an example in the padded batch, at least those of the longest one.
    padded: usize,
}

impl Layout {
    /// # Panics
    ///
    /// Panics where an example is longer than `padded`, or has no piece.
    pub fn new(lengths: &[u32], padded: usize) -> Self {
        let mut starts = vec![0];
        for &length in lengths {
            let length = length as usize;
            assert!(
                (1..=padded).contains(&length),
                "{length} of {padded} pieces"
            );
            starts.push(starts[starts.len() - 1] + length);
        }
        Self { starts, padded }
    }

    /// Number of examples, `b`.
    pub fn n_examples(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of pieces, `t`.
    pub fn n_rows(&self) -> usize {
        self.starts[self.n_examples()]
    }

    /// Positions of an example in the padded batch.
    pub fn padded(&self) -> usize {
        self.padded
    }

    /// Pieces of the longest example.
    #[cfg(feature = "tch")]
    pub(crate) fn longest(&self) -> usize {
        self.examples().map(|rows| rows.len()).max().unwrap_or(0)
    }

    /// The rows of each example.
    pub fn examples(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// The first row of each example: `[CLS]`.
    pub fn first_rows(&self) -> &[usize] {
        &self.starts[..self.n_examples()]
    }

    /// Whether the padded batch has no padding.
    pub fn is_full(&self) -> bool {
        self.n_rows() == self.n_examples() * self.padded
    }

    /// The row of a place in the flattened padded batch, `example · padded + position`.
    pub fn row(&self, place: usize) -> usize {
        self.starts[place / self.padded] + place % self.padded
    }

    /// The place of each row in the flattened padded batch, `[t]`.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        let padded = self.padded;
        let example = move |(example, rows): (usize, Range<usize>)| {
            (0..rows.len()).map(move |position| example * padded + position)
        };
        self.examples().enumerate().flat_map(example)
    }
}

impl ModelInput {
    /// Puts a batch on the device, its examples end to end.
    ///
    /// `input_ids` and `segment_ids` are row-major `[b, length]`, `lengths` holds the pieces of each of the `b`
    /// examples without padding. `dropout_seed` is to differ from batch to batch and from step to step.
    ///
    /// # Panics
    ///
    /// Panics where the lengths of the arguments do not belong together.
    pub fn new(
        input_ids: &[i32],
        segment_ids: &[i32],
        lengths: &[u32],
        length: usize,
        dropout_seed: u64,
        device: &Device,
    ) -> Self {
        assert_eq!(input_ids.len(), lengths.len() * length, "one id a position");
        assert_eq!(segment_ids.len(), input_ids.len(), "one segment a position");
        let layout = Layout::new(lengths, length);
        let ids = |of: &dyn Fn(usize) -> i32| {
            let values: Vec<i32> = layout.places().map(of).collect();
            integers(&values, device)
        };
        Self {
            input_ids: ids(&|place| input_ids[place]),
            segment_ids: ids(&|place| segment_ids[place]),
            position_ids: ids(&|place| (place % length) as i32),
            layout: Arc::new(layout),
            dropout_seed,
            padding: OnceCell::new(),
            #[cfg(feature = "tch")]
            boundaries: OnceCell::new(),
        }
    }

    /// Between the rows and those of the padded batch.
    pub(crate) fn padding(&self, device: &Device) -> &Padding {
        self.padding
            .get_or_init(|| Padding::new(&self.layout, device))
    }

    /// The first row of each example and the number of all, `[b + 1]`, on the input's device.
    #[cfg(feature = "tch")]
    pub(crate) fn boundaries(&self) -> &Tensor<1, Int> {
        self.boundaries.get_or_init(|| {
            let starts = self.layout.starts.iter().map(|row| *row as i32);
            let starts: Vec<i32> = starts.collect();
            integers(&starts, &self.input_ids.device())
        })
    }

    /// Pieces of all examples, `t`.
    pub fn n_rows(&self) -> usize {
        self.layout.n_rows()
    }
}

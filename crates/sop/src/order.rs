//! Where the boundary lies and which text comes first (sentence-order prediction).

use std::ops::Range;

use rand::{Rng, RngExt as _};
use segment::UnitSpan;

use crate::example::Example;

/// A text of a pair: whole units of one example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The example's units.
    pub units: Range<usize>,
}

impl Text {
    /// The text's pieces as positions in the example.
    pub fn pieces(&self, example: &Example) -> Range<usize> {
        let start = self
            .units
            .start
            .checked_sub(1)
            .map_or(0, |before| example.unit_ends()[before]);
        let end = self
            .units
            .end
            .checked_sub(1)
            .map_or(0, |last| example.unit_ends()[last]);
        start as usize..(end as usize).max(start as usize)
    }

    /// The text's units, as positions counted from `offset`.
    pub fn unit_spans<'e>(
        &self,
        example: &'e Example,
        offset: usize,
    ) -> impl Iterator<Item = UnitSpan> + use<'e> {
        let first = self.pieces(example).start as u32;
        let mut start = first;
        example.unit_ends()[self.units.clone()]
            .iter()
            .map(move |end| {
                let unit = UnitSpan {
                    start: start - first + offset as u32,
                    n_pieces: end - start,
                };
                start = *end;
                unit
            })
    }
}

/// The boundary between A and B: uniform over the sentence boundaries inside the run (\[B\]: `a_end`; drawn each epoch \[P\]).
pub fn draw_boundary(example: &Example, rng: &mut impl Rng) -> (Text, Text) {
    let ends = example.sentence_ends();
    let n_units = example.unit_ends().len();
    let boundary = match ends.len() {
        0 | 1 => n_units,
        n => ends[rng.random_range(0..n - 1)] as usize,
    };
    (
        Text { units: 0..boundary },
        Text {
            units: boundary..n_units,
        },
    )
}

/// Whether B comes before A: probability ½ (\[A\], \[M\]: sentence-order prediction).
pub fn draw_swap(rng: &mut impl Rng) -> bool {
    rng.random_bool(0.5)
}

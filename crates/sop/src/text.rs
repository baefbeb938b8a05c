//! Defines a text of a pair.

use std::ops::Range;

use segment::{PieceId, UnitSpan};

use crate::example::Example;

/// A text of a pair: neighbouring units of one example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text<'e> {
    example: &'e Example,
    /// The text's units, as indices into those of the example.
    units: Range<usize>,
}

impl<'e> Text<'e> {
    pub(crate) const fn new(example: &'e Example, units: Range<usize>) -> Self {
        Self { example, units }
    }

    pub(crate) fn n_units(&self) -> usize {
        self.units.len()
    }

    pub(crate) fn n_pieces(&self) -> usize {
        self.piece_range().len()
    }

    pub(crate) fn pieces(&self) -> &'e [PieceId] {
        &self.example.pieces()[self.piece_range()]
    }

    /// The text's units as spans of pieces; the text's first piece has index `first_piece`.
    pub(crate) fn unit_spans(
        &self,
        first_piece: usize,
    ) -> impl Iterator<Item = UnitSpan> + use<'e> {
        let first = self.piece_range().start as u32;
        let mut start = first;
        self.example.unit_ends()[self.units.clone()]
            .iter()
            .map(move |end| {
                let unit = UnitSpan {
                    start: start - first + first_piece as u32,
                    n_pieces: end - start,
                };
                start = *end;
                unit
            })
    }

    /// Keeps the fewest first units that have at least `n_pieces` pieces, or all if they have fewer.
    pub(crate) fn keep_units(&mut self, n_pieces: usize) {
        let last_piece = self.piece_range().start + n_pieces;
        let ends = &self.example.unit_ends()[self.units.clone()];
        let n_before = ends.partition_point(|end| (*end as usize) < last_piece);
        self.units.end = self.units.end.min(self.units.start + n_before + 1);
    }

    pub(crate) fn remove_first_unit(&mut self) {
        self.units.start += 1;
    }

    pub(crate) fn remove_last_unit(&mut self) {
        self.units.end -= 1;
    }

    #[cfg(test)]
    pub(crate) const fn units(&self) -> &Range<usize> {
        &self.units
    }

    /// The text's pieces, as indices into those of the example.
    fn piece_range(&self) -> Range<usize> {
        let start = self.n_pieces_before(self.units.start);
        start..self.n_pieces_before(self.units.end).max(start)
    }

    /// The number of pieces of the example's first `n_units` units.
    fn n_pieces_before(&self, n_units: usize) -> usize {
        match n_units.checked_sub(1) {
            Some(last) => self.example.unit_ends()[last] as usize,
            None => 0,
        }
    }
}

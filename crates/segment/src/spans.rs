//! Defines ids and spans as types of their own, so that the compiler refuses to mix them up.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

/// The id of a piece: the number of its line in `vocab.txt`, from 0.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Pod,
    Zeroable,
)]
#[repr(transparent)]
#[serde(transparent)]
pub struct PieceId(u32);

impl PieceId {
    /// The id of the piece on line `id` of the vocabulary, from 0.
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The id as a number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The id as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The bytes `start..end` of a text. Both are on character boundaries.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ByteSpan {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl ByteSpan {
    /// The span of the bytes `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    /// The span as a range of byte indices.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The span's text.
    ///
    /// # Panics
    /// If the span is not of this text.
    pub fn of(self, text: &str) -> &str {
        &text[self.range()]
    }
}

/// A unit ("whole word"), as a run of a sequence of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnitSpan {
    /// The index of the unit's first piece.
    pub start: u32,
    /// The unit's number of pieces, at least 1.
    pub n_pieces: u32,
}

impl UnitSpan {
    /// The indices of the unit's pieces.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.n_pieces) as usize
    }
}

//! Ids and spans: the numbers that must not be mixed up.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

/// A piece of the vocabulary: the number of its line in `vocab.txt`, from 0.
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
    /// The piece on line `id` of the vocabulary, from 0.
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

/// A run of bytes of a document's text, `start..end`, on character boundaries.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ByteSpan {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl ByteSpan {
    /// The bytes from `start` to before `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    /// The span as a range of indices.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The span's text.
    ///
    /// # Panics
    /// Where the span is not one of this text.
    pub fn of(self, text: &str) -> &str {
        &text[self.range()]
    }
}

/// A unit ("whole word") as positions in a sequence of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnitSpan {
    /// Position of the first piece.
    pub start: u32,
    /// Number of pieces, at least 1.
    pub n_pieces: u32,
}

impl UnitSpan {
    /// The unit's positions.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.n_pieces) as usize
    }
}

//! Defines a segmented document.

use std::ops::Range;

use crate::spans::{ByteSpan, PieceId};

/// A sentence of a segmented document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceSpan {
    /// The sentence's bytes in the document's text.
    pub text: ByteSpan,
    /// The sentence's pieces, as indices into [`Segmented::pieces`].
    pub pieces: Range<u32>,
    /// The sentence's units, as indices into [`Segmented::unit_ends`].
    pub units: Range<u32>,
}

/// A document as sentences of units of pieces.
///
/// Invariants: spans are in the order of the text; unit ends rise, and the last one is the number of pieces; every
/// sentence has at least one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segmented {
    /// The piece ids of all sentences, one after the other.
    pub pieces: Vec<PieceId>,
    /// For each piece its span in the document's text.
    pub piece_spans: Vec<ByteSpan>,
    /// For each unit one past the index of its last piece.
    pub unit_ends: Vec<u32>,
    /// The sentences.
    pub sentences: Vec<SentenceSpan>,
    /// How many sentences were left out because they have no piece, for example of control characters only.
    pub n_empty_sentences: u32,
}

impl Segmented {
    /// Empties the document and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.pieces.clear();
        self.piece_spans.clear();
        self.unit_ends.clear();
        self.sentences.clear();
        self.n_empty_sentences = 0;
    }
}

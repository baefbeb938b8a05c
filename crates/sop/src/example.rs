//! Defines an example: a run of whole sentences as piece ids, before anything is drawn.

use std::sync::Arc;

use segment::{ByteSpan, PieceId};

use crate::key::ExampleKey;

/// Where an example's text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleSource {
    /// The file's path, as the corpus records it.
    pub path: Arc<str>,
    /// The position of the document's record: its first byte in the file; in Parquet its row, from 0.
    pub record: u64,
    /// The example's bytes in the document's text.
    pub text: ByteSpan,
}

/// Why an example is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("example {key:016x}: {what}")]
pub struct ExampleError {
    /// The example's key.
    pub key: u64,
    /// What is wrong.
    pub what: &'static str,
}

/// A run of neighbouring sentences of one document.
///
/// An example has no boundary between texts, no order and no masks, because these are drawn when it is read.
///
/// Invariants: unit ends rise from above 0 to the number of pieces; sentence ends rise from above 0 to the number of
/// units; cut ends rise, and are below the number of sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    key: ExampleKey,
    source: ExampleSource,
    pieces: Vec<PieceId>,
    unit_ends: Vec<u32>,
    sentence_ends: Vec<u32>,
    cut_ends: Vec<u32>,
}

impl Example {
    /// Makes an example of whole sentences, and checks the invariants.
    pub fn new(
        key: ExampleKey,
        source: ExampleSource,
        pieces: Vec<PieceId>,
        unit_ends: Vec<u32>,
        sentence_ends: Vec<u32>,
    ) -> Result<Self, ExampleError> {
        let refuse = |what| {
            Err(ExampleError {
                key: key.get(),
                what,
            })
        };
        if !rises_to(&unit_ends, pieces.len()) {
            return refuse("unit ends do not rise to the number of pieces");
        }
        if !rises_to(&sentence_ends, unit_ends.len()) {
            return refuse("sentence ends do not rise to the number of units");
        }
        Ok(Self {
            key,
            source,
            pieces,
            unit_ends,
            sentence_ends,
            cut_ends: Vec::new(),
        })
    }

    /// Says which sentence ends lie inside a sentence that was cut, as indices into the sentence ends.
    pub fn with_cut_ends(mut self, cut_ends: Vec<u32>) -> Result<Self, ExampleError> {
        let rises = cut_ends.is_sorted_by(|one, next| one < next);
        let is_inside = |last: &u32| (*last as usize) < self.sentence_ends.len();
        if !rises || !cut_ends.last().is_none_or(is_inside) {
            return Err(ExampleError {
                key: self.key.get(),
                what: "cut ends do not rise below the number of sentences",
            });
        }
        self.cut_ends = cut_ends;
        Ok(self)
    }

    /// The key that draws for this example are seeded with.
    pub const fn key(&self) -> ExampleKey {
        self.key
    }

    /// Where the example's text comes from.
    pub const fn source(&self) -> &ExampleSource {
        &self.source
    }

    /// The piece ids, without special pieces.
    pub fn pieces(&self) -> &[PieceId] {
        &self.pieces
    }

    /// For each unit one past the index of its last piece.
    pub fn unit_ends(&self) -> &[u32] {
        &self.unit_ends
    }

    /// For each sentence one past the index of its last unit.
    pub fn sentence_ends(&self) -> &[u32] {
        &self.sentence_ends
    }

    /// The sentence ends that lie inside a sentence that was cut, as indices into [`Self::sentence_ends`]. Most examples
    /// have none.
    pub fn cut_ends(&self) -> &[u32] {
        &self.cut_ends
    }

    /// Whether a sentence of the document ends at a sentence end, given by its index.
    pub fn has_end(&self, index: usize) -> bool {
        !self.cut_ends.contains(&(index as u32))
    }
}

fn rises_to(ends: &[u32], end: usize) -> bool {
    let mut before = 0;
    for next in ends {
        if *next <= before {
            return false;
        }
        before = *next;
    }
    before as usize == end && end > 0
}

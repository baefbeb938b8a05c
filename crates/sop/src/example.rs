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
/// units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    key: ExampleKey,
    source: ExampleSource,
    pieces: Vec<PieceId>,
    unit_ends: Vec<u32>,
    sentence_ends: Vec<u32>,
}

impl Example {
    /// Makes an example, and checks the invariants.
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
        })
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

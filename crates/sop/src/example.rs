//! An example: a run of whole sentences as piece ids, before anything is drawn.

use std::sync::Arc;

use segment::{ByteSpan, PieceId};

use crate::key::ExampleKey;

/// Where an example's text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleSource {
    /// The file, as the corpus records it.
    pub path: Arc<str>,
    /// The document's record: its first byte in the file, or its row in Parquet.
    pub record: u64,
    /// The run's bytes in the document's text.
    pub text: ByteSpan,
}

/// An example that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("example {key:016x}: {what}")]
pub struct ExampleError {
    /// The example's key.
    pub key: u64,
    /// What is wrong.
    pub what: &'static str,
}

/// A run of sentences of one document.
///
/// Invariants: unit ends rise from above 0 to the number of pieces; sentence ends rise from above 0 to the number of
/// units. Boundary, order and masks are not in it: they are drawn when it is read (design invariant 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    key: ExampleKey,
    source: ExampleSource,
    pieces: Vec<PieceId>,
    unit_ends: Vec<u32>,
    sentence_ends: Vec<u32>,
}

impl Example {
    /// An example, checked.
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
            return refuse("its unit ends do not rise to its number of pieces");
        }
        if !rises_to(&sentence_ends, unit_ends.len()) {
            return refuse("its sentence ends do not rise to its number of units");
        }
        Ok(Self {
            key,
            source,
            pieces,
            unit_ends,
            sentence_ends,
        })
    }

    /// What its draws are seeded with.
    pub const fn key(&self) -> ExampleKey {
        self.key
    }

    /// Where its text stands.
    pub const fn source(&self) -> &ExampleSource {
        &self.source
    }

    /// Its piece ids, without specials.
    pub fn pieces(&self) -> &[PieceId] {
        &self.pieces
    }

    /// One past each unit's last piece.
    pub fn unit_ends(&self) -> &[u32] {
        &self.unit_ends
    }

    /// One past each sentence's last unit.
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

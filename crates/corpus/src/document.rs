//! A document and where it stands.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// Where a document stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file, relative to the corpus's base, with `/` between folders on every machine.
    pub path: Arc<str>,
    /// The record's first byte in the unpacked file; in Parquet its row, from 0.
    pub record: u64,
}

/// A text whose sentences follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it stands.
    pub source: Source,
    /// The text; in plain text files the exact bytes from `record` on.
    pub text: String,
}

/// The first 8 bytes of SHA-256: equal documents fall on the same side of the held-out split.
pub fn content_hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    u64::from_le_bytes(digest[..8].try_into().expect("32 bytes"))
}

//! Defines a document and its source.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// Where a document comes from: its file, and the position of its record in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's path relative to the corpus's base folder, with `/` between folders on every machine.
    pub path: Arc<str>,
    /// The record's position: its first byte in the unpacked file; in Parquet its row, from 0.
    pub record: u64,
}

/// A text whose sentences follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where the document comes from.
    pub source: Source,
    /// The text. In a plain text file these are the file's exact bytes from `source.record` on.
    pub text: String,
}

/// Hashes a document's text: the first 8 bytes of its SHA-256.
///
/// The hash decides on which side of the held-out split a document falls, so that equal documents fall on the same
/// side.
pub fn content_hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    u64::from_le_bytes(digest[..8].try_into().expect("SHA-256 has 32 bytes"))
}

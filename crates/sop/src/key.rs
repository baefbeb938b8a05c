//! Keys: what an example's draws are seeded with.

use repro::sha256_number;

/// A document's key: follows from its file and its place there, so equal documents have other keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DocumentKey(u64);

impl DocumentKey {
    /// The first 8 bytes of SHA-256 over the recorded path, a zero byte and the record's place.
    pub fn new(path: &str, record: u64) -> Self {
        Self(sha256_number(&[
            path.as_bytes(),
            &[0],
            &record.to_le_bytes(),
        ]))
    }

    /// The key as a number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// An example's key: its document's and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExampleKey(u64);

impl ExampleKey {
    /// The key of a document's example `index`, from 0.
    pub fn new(document: DocumentKey, index: u32) -> Self {
        Self(sha256_number(&[
            &document.0.to_le_bytes(),
            &index.to_le_bytes(),
        ]))
    }

    /// A key as it was stored.
    pub const fn from_raw(key: u64) -> Self {
        Self(key)
    }

    /// The key as a number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

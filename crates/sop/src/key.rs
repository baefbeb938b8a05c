//! Defines keys, which the draws of documents and examples are seeded with.

use repro::sha256_number;

/// A document's key. It follows from the file and the position in the file, so that equal documents have different
/// keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DocumentKey(u64);

impl DocumentKey {
    /// Computes the key: the first 8 bytes of SHA-256 over the recorded path, a zero byte and the record's position.
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

/// An example's key. It follows from the document's key and the example's index in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExampleKey(u64);

impl ExampleKey {
    /// Computes the key of a document's example `index`, from 0.
    pub fn new(document: DocumentKey, index: u32) -> Self {
        Self(sha256_number(&[
            &document.0.to_le_bytes(),
            &index.to_le_bytes(),
        ]))
    }

    /// The key with a number that was stored.
    pub const fn from_raw(key: u64) -> Self {
        Self(key)
    }

    /// The key as a number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

//! Counts documents with the same text, by hash and in bounded memory.
//!
//! A task writes its counts to a file for the merge. All numbers are little-endian:
//!
//! | field | bytes | content |
//! | --- | --- | --- |
//! | magic | 8 | `MBHASHES` |
//! | version | 4 | 1 |
//! | level | 4 | see [`Duplicates::level`] |
//! | hashes | 8 | number of entries |
//! | entries | 12 each | hash (8) and its number of documents (4), sorted by hash |
//! | checksum | 64 | SHA-256 of everything before, as hexadecimal digits |

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::Path;

use repro::{AtomicFile, sha256_hex};
use serde::{Deserialize, Serialize};

/// The most different hashes that are kept. They take up to 36 MB of memory, and 12 MB in a file.
const CAPACITY: usize = 1 << 20;
const MAGIC: &[u8; 8] = b"MBHASHES";
const VERSION: u32 = 1;
const HEAD_BYTES: usize = 24;
const ENTRY_BYTES: usize = 12;
const SUM_BYTES: usize = 64;

/// Counts of documents with the same text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// Documents that were compared.
    pub compared: u64,
    /// Documents among these whose text occurred before.
    pub repeated: u64,
    /// One of 2^`level` texts was compared, chosen by its hash. 0 means that all were compared.
    pub level: u32,
}

/// Counts documents by the hash of their text. The counts are exact up to [`CAPACITY`] different texts.
///
/// Whenever there are more, half of the hashes are dropped and the level rises. All copies of a text are kept or dropped
/// together, so shares in the sample estimate those of the corpus. The result follows from the set of documents alone,
/// not from their order or from how they are split into tasks.
pub(crate) struct DuplicateSketch {
    capacity: usize,
    level: u32,
    counts: HashMap<u64, u32>,
}

impl Default for DuplicateSketch {
    fn default() -> Self {
        Self::of(CAPACITY)
    }
}

impl DuplicateSketch {
    fn of(capacity: usize) -> Self {
        Self {
            capacity,
            level: 0,
            counts: HashMap::new(),
        }
    }

    /// Counts documents with the same text.
    pub(crate) fn add(&mut self, hash: u64, documents: u32) {
        if hash.trailing_zeros() < self.level {
            return;
        }
        let count = self.counts.entry(hash).or_default();
        *count = count.saturating_add(documents);
        while self.counts.len() > self.capacity {
            self.raise(self.level + 1);
        }
    }

    fn raise(&mut self, level: u32) {
        self.level = level;
        self.counts.retain(|hash, _| hash.trailing_zeros() >= level);
    }

    /// Adds the counts of another sketch.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.level > self.level {
            self.raise(other.level);
        }
        for (hash, documents) in &other.counts {
            self.add(*hash, *documents);
        }
    }

    pub(crate) fn duplicates(&self) -> Duplicates {
        let compared = self.counts.values().map(|n| u64::from(*n)).sum();
        Duplicates {
            compared,
            repeated: compared - self.counts.len() as u64,
            level: self.level,
        }
    }

    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let mut entries: Vec<(u64, u32)> = self.counts.iter().map(|(h, n)| (*h, *n)).collect();
        entries.sort_unstable();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + entries.len() * ENTRY_BYTES + SUM_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.level.to_le_bytes());
        bytes.extend((entries.len() as u64).to_le_bytes());
        for (hash, documents) in entries {
            bytes.extend(hash.to_le_bytes());
            bytes.extend(documents.to_le_bytes());
        }
        let sum = sha256_hex(&bytes);
        let file = AtomicFile::create(path)?;
        file.file().write_all(&bytes)?;
        file.file().write_all(sum.as_bytes())?;
        file.commit()
    }

    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let bytes = std::fs::read(path)?;
        Self::parse(&bytes).ok_or_else(|| {
            io::Error::other("it is cut short, damaged or of another version; run the task again")
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM_BYTES)?)?;
        let (head, entries) = body.split_at_checked(HEAD_BYTES)?;
        let number = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("4 bytes"));
        let whole = head.starts_with(MAGIC)
            && number(8) == VERSION
            && entries.len().is_multiple_of(ENTRY_BYTES)
            && sha256_hex(body).as_bytes() == sum;
        if !whole {
            return None;
        }
        let mut sketch = Self {
            level: number(12),
            ..Self::default()
        };
        for entry in entries.chunks_exact(ENTRY_BYTES) {
            let (hash, documents) = entry.split_at(8);
            let hash = u64::from_le_bytes(hash.try_into().expect("8 bytes"));
            sketch.add(
                hash,
                u32::from_le_bytes(documents.try_into().expect("4 bytes")),
            );
        }
        Some(sketch)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use corpus::content_hash;

    use super::{DuplicateSketch, Duplicates};

    fn texts() -> impl Iterator<Item = u64> {
        // Every fifth text occurs three times.
        (0..10_000_u32).flat_map(|n| {
            let copies = if n % 5 == 0 { 3 } else { 1 };
            std::iter::repeat_n(content_hash(&n.to_string()), copies)
        })
    }

    #[test]
    fn a_corpus_that_fits_is_counted_exactly() {
        let mut sketch = DuplicateSketch::default();
        texts().for_each(|hash| sketch.add(hash, 1));
        let expect = Duplicates {
            compared: 14_000,
            repeated: 4000,
            level: 0,
        };
        assert_eq!(sketch.duplicates(), expect);
    }

    #[test]
    fn a_sample_of_a_larger_corpus_has_its_shares() {
        let mut sketch = DuplicateSketch::of(1000);
        texts().for_each(|hash| sketch.add(hash, 1));
        let found = sketch.duplicates();
        assert!(sketch.counts.len() <= 1000 && found.level > 2, "{found:?}");
        let share = found.repeated as f64 / found.compared as f64;
        assert!((share - 4.0 / 14.0).abs() < 0.04, "{share}"); // three standard errors
    }

    #[test]
    fn parts_in_any_order_give_the_result_of_the_whole() {
        let whole = {
            let mut sketch = DuplicateSketch::of(1000);
            texts().for_each(|hash| sketch.add(hash, 1));
            sketch.duplicates()
        };
        let hashes: Vec<u64> = texts().collect();
        for n_parts in [2, 3, 14] {
            let mut merged = DuplicateSketch::of(1000);
            for part in hashes.chunks(hashes.len().div_ceil(n_parts)).rev() {
                let mut sketch = DuplicateSketch::of(1000);
                for hash in part {
                    sketch.add(*hash, 1);
                }
                merged.merge(&sketch);
            }
            assert_eq!(merged.duplicates(), whole, "{n_parts} parts");
        }
    }

    #[test]
    fn a_file_is_read_back_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hashes");
        let mut sketch = DuplicateSketch::default();
        texts().take(500).for_each(|hash| sketch.add(hash, 1));
        sketch.write(&path).unwrap();
        let found = DuplicateSketch::read(&path).unwrap();
        assert_eq!(found.duplicates(), sketch.duplicates());
        let bytes = std::fs::read(&path).unwrap();
        for n_bytes in [0, 10, 70, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..n_bytes]).unwrap();
            assert!(DuplicateSketch::read(&path).is_err(), "{n_bytes} bytes");
        }
        let mut other = bytes;
        other[100] ^= 1;
        std::fs::write(&path, other).unwrap();
        assert!(DuplicateSketch::read(&path).is_err());
    }
}

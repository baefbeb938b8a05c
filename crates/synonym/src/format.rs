//! The table's file: what stands where, and writing it.
//!
//! All numbers are little-endian, so that on a little-endian machine a section is a slice of the mapped file; every
//! section starts on a multiple of 4 bytes. Words are sorted by (number of pieces, ids), and no two have the same ids.
//!
//! | section | bytes | what |
//! | --- | --- | --- |
//! | magic | 8 | `MBSIMWRD` |
//! | version | 4 | 3 |
//! | counts | 7 × 4 | words, ids, candidates, slots (a power of 2), longest word in pieces, bytes of text, whether draws go by weight (0 or 1) |
//! | vocabulary | 32 | SHA-256 of `vocab.txt` |
//! | source | 32 | SHA-256 of the vectors or the list |
//! | options | 32 | SHA-256 of what the table was compiled with |
//! | ids | 4 × ids | piece ids of all words; where a word's are follows from the words of each number of pieces before it |
//! | candidate starts | 4 × (words + 1) | where a word's candidates start |
//! | candidates | 8 × candidates | word, best first, and f32, rising to 1: the share of draws that fall on it or one before it; side by side, since a draw reads both |
//! | scores | 4 × candidates | f32, falling |
//! | length starts | 4 × (longest + 2) | words are sorted by number of pieces: the first word of n pieces |
//! | slots | 4 × slots | hash table over id sequences: word + 1, or 0 |
//! | text starts | 4 × (words + 1) | where a word's text starts |
//! | text | rounded up to 4 | UTF-8 of all words |
//! | checksum | 32 | SHA-256 of everything before |

use std::ops::Range;
use std::path::{Path, PathBuf};

use bytemuck::{Pod, Zeroable};
use repro::{AtomicFile, sha256_hex};
use segment::PieceId;

pub(crate) const MAGIC: [u8; 8] = *b"MBSIMWRD";
pub(crate) const VERSION: u32 = 3;
pub(crate) const HASH_BYTES: usize = 32;
const N_COUNTS: usize = 7;
const N_HASHES: usize = 3;
pub(crate) const HEADER_BYTES: usize = 8 + 4 + 4 * N_COUNTS + N_HASHES * HASH_BYTES;

/// What went wrong with a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file could not be read.
    #[error(
        "could not read the similar-word table {path}: {source}; `macbert synonyms build` makes it"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file could not be written.
    #[error("could not write the similar-word table {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no table, or not a whole one.
    #[error(
        "{path} is damaged or no similar-word table: {reason}; build it again with `macbert synonyms build`"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong: what was expected, what was found.
        reason: String,
    },
    /// The file is a table of another version of this format.
    #[error(
        "{path} is a similar-word table of version {found}, expected version {VERSION}; build it again with `macbert synonyms build`"
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The file's version.
        found: u32,
    },
    /// The table was compiled against another vocabulary.
    #[error(
        "{path} was compiled against the vocabulary with SHA-256 {table}, but the vocabulary at hand has {vocabulary}; build it again with `macbert synonyms build`"
    )]
    OtherVocabulary {
        /// The file.
        path: PathBuf,
        /// SHA-256 of the vocabulary that the table knows.
        table: String,
        /// SHA-256 of the vocabulary at hand.
        vocabulary: String,
    },
}

/// A candidate as the file holds it.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Drawable {
    pub word: u32,
    /// The share of draws that fall on it or on one before it.
    pub until: f32,
}

/// Where the sections stand.
pub(crate) struct Layout {
    pub are_weighted: bool,
    pub ids: Range<usize>,
    pub candidate_starts: Range<usize>,
    pub candidates: Range<usize>,
    pub scores: Range<usize>,
    pub length_starts: Range<usize>,
    pub slots: Range<usize>,
    pub text_starts: Range<usize>,
    pub text: Range<usize>,
    pub end: usize,
}

impl Layout {
    /// The layout that a header's counts give, or `None` where they are none.
    pub(crate) fn new(counts: [u32; N_COUNTS]) -> Option<Self> {
        let [words, ids, candidates, slots, longest, text, weighted] = counts.map(|n| n as usize);
        if weighted > 1 {
            return None;
        }
        let mut end = HEADER_BYTES;
        let mut section = |n: usize| {
            let start = end;
            end = end.checked_add(n.checked_mul(4)?)?;
            Some(start..end)
        };
        let mut layout = Self {
            are_weighted: weighted == 1,
            ids: section(ids)?,
            candidate_starts: section(words + 1)?,
            candidates: section(candidates.checked_mul(2)?)?,
            scores: section(candidates)?,
            length_starts: section(longest + 2)?,
            slots: section(slots)?,
            text_starts: section(words + 1)?,
            text: section(text.div_ceil(4))?,
            end: 0,
        };
        layout.end = layout.text.end.checked_add(HASH_BYTES)?;
        layout.text.end = layout.text.start + text;
        Some(layout)
    }
}

/// The counts of a header.
pub(crate) fn counts(header: &[u8]) -> [u32; N_COUNTS] {
    let at = |index: usize| {
        let start = 12 + 4 * index;
        u32::from_le_bytes(header[start..start + 4].try_into().expect("4 bytes"))
    };
    std::array::from_fn(at)
}

/// The hashes of a header, in hexadecimal: vocabulary, source, options.
pub(crate) fn hashes(header: &[u8]) -> [String; N_HASHES] {
    let start = 12 + 4 * N_COUNTS;
    std::array::from_fn(|index| hex(&header[start + index * HASH_BYTES..][..HASH_BYTES]))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).expect("below 16");
    let pair = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(pair).collect()
}

/// Where the words of each number of pieces stand, and their ids: nothing has to be read to find a word's.
pub(crate) struct Lengths {
    /// Of each number of pieces, from 0: the first word, and where its ids start. One more ends the last.
    firsts: Vec<(usize, usize)>,
}

impl Lengths {
    /// From the section of that name; it says nothing of words where it is not rising.
    pub(crate) fn new(length_starts: &[u32]) -> Self {
        let mut ids = 0_usize;
        let mut firsts = Vec::with_capacity(length_starts.len());
        for (n_pieces, start) in length_starts.iter().enumerate() {
            let start = *start as usize;
            let (before, _) = firsts.last().copied().unwrap_or((start, 0));
            ids = ids.saturating_add(
                start
                    .saturating_sub(before)
                    .saturating_mul(n_pieces.saturating_sub(1)),
            );
            firsts.push((start, ids));
        }
        Self { firsts }
    }

    /// All ids.
    pub(crate) fn n_ids(&self) -> usize {
        self.firsts.last().map_or(0, |(_, ids)| *ids)
    }

    /// Where the ids of a word are.
    pub(crate) fn ids_of(&self, word: usize) -> Range<usize> {
        // Few numbers of pieces, of which most words have the first.
        let ends = self.firsts.iter().skip(1);
        let n_pieces = ends.take_while(|(end, _)| *end <= word).count();
        let (first, ids) = self.firsts[n_pieces];
        let start = ids + (word - first) * n_pieces;
        start..start + n_pieces
    }
}

/// A fixed hash of an id sequence (FNV-1a over the ids, mixed): the file depends on it, so it never changes.
pub(crate) fn slot_hash(ids: &[PieceId]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for id in ids {
        hash = (hash ^ u64::from(id.get())).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// A word of a table that is being made.
pub(crate) struct TableWord {
    pub ids: Vec<PieceId>,
    pub text: String,
    /// Best first.
    pub candidates: Vec<TableCandidate>,
}

/// A candidate of a word of a table that is being made.
pub(crate) struct TableCandidate {
    /// Its place in the same sorted list of words.
    pub word: u32,
    pub score: f32,
    pub weight: f32,
}

/// A whole table in memory, ready to be written.
pub struct TableBytes {
    bytes: Vec<u8>,
}

impl TableBytes {
    /// Lays out words that are sorted by (number of pieces, ids); the hashes are those of vocabulary, source and options.
    pub(crate) fn new(words: &[TableWord], are_weighted: bool, sha256: [&str; N_HASHES]) -> Self {
        let longest = words.last().map_or(0, |word| word.ids.len());
        let n_slots = (2 * words.len()).next_power_of_two().max(2);
        let total = |of: fn(&TableWord) -> usize| words.iter().map(of).sum::<usize>();
        let (n_ids, n_candidates) = (total(|w| w.ids.len()), total(|w| w.candidates.len()));
        let n_text = total(|w| w.text.len());
        let mut out = Vec::new();
        out.extend(MAGIC);
        for number in [
            VERSION as usize,
            words.len(),
            n_ids,
            n_candidates,
            n_slots,
            longest,
            n_text,
            usize::from(are_weighted),
        ] {
            out.extend((number as u32).to_le_bytes());
        }
        out.extend(sha256.into_iter().flat_map(unhex));
        let mut numbers = |section: &mut dyn Iterator<Item = u32>| {
            for number in section {
                out.extend(number.to_le_bytes());
            }
        };
        numbers(&mut words.iter().flat_map(|w| &w.ids).map(|id| id.get()));
        numbers(&mut starts(words, |w| w.candidates.len()));
        let candidates = || words.iter().flat_map(|w| &w.candidates);
        let drawables = words
            .iter()
            .flat_map(|w| drawables(&w.candidates, are_weighted));
        numbers(&mut drawables.flat_map(|c| [c.word, c.until.to_bits()]));
        numbers(&mut candidates().map(|c| c.score.to_bits()));
        numbers(&mut (0..=longest + 1).map(|n| words.partition_point(|w| w.ids.len() < n) as u32));
        numbers(&mut slots(words, n_slots).into_iter());
        numbers(&mut starts(words, |w| w.text.len()));
        for word in words {
            out.extend(word.text.as_bytes());
        }
        out.resize(out.len().next_multiple_of(4), 0);
        let checksum = unhex(&sha256_hex(&out));
        out.extend(checksum);
        Self { bytes: out }
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes the table aside, syncs it, and puts it in its place; folders on the way are made.
    pub fn write(&self, path: &Path) -> Result<(), TableError> {
        let written = AtomicFile::write(path, &self.bytes);
        written.map_err(|source| TableError::Write {
            path: path.to_path_buf(),
            source,
        })
    }
}

fn starts<'w>(
    words: &'w [TableWord],
    length: impl Fn(&TableWord) -> usize + 'w,
) -> impl Iterator<Item = u32> + 'w {
    let ends = words.iter().scan(0, move |end, word| {
        *end += length(word) as u32;
        Some(*end)
    });
    std::iter::once(0).chain(ends)
}

/// A word's candidates with the shares of draws that end at each: rising, and at least 1 at the last, so that each is drawn.
fn drawables(candidates: &[TableCandidate], are_weighted: bool) -> Vec<Drawable> {
    let weight = |c: &TableCandidate| {
        if are_weighted {
            f64::from(c.weight)
        } else {
            1.0
        }
    };
    let total: f64 = candidates.iter().map(weight).sum();
    let (mut sum, mut before) = (0.0, 0.0_f32);
    let drawable = |(index, c): (usize, &TableCandidate)| {
        sum += weight(c);
        let is_last = index + 1 == candidates.len();
        let until = if is_last { 1.0 } else { (sum / total) as f32 };
        before = until.max(before.next_up());
        Drawable {
            word: c.word,
            until: before,
        }
    };
    candidates.iter().enumerate().map(drawable).collect()
}

/// Open addressing with linear probing; at least half of the slots stay free.
fn slots(words: &[TableWord], n_slots: usize) -> Vec<u32> {
    let mut slots = vec![0; n_slots];
    for (index, word) in words.iter().enumerate() {
        let mut slot = slot_hash(&word.ids) as usize & (n_slots - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (n_slots - 1);
        }
        slots[slot] = index as u32 + 1;
    }
    slots
}

fn unhex(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).expect("a hexadecimal digit") as u8;
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

//! The file format of a table, and its writer.
//!
//! All numbers are little-endian and every section starts on a multiple of 4 bytes, so on a little-endian machine a
//! section is a slice of the mapped file. Words are sorted by (number of pieces, ids), and no two have the same ids.
//!
//! | section | bytes | content |
//! | --- | --- | --- |
//! | magic | 8 | `MBSIMWRD` |
//! | version | 4 | 3 |
//! | counts | 7 × 4 | words, ids, candidates, slots (a power of 2), pieces of the longest word, bytes of text, flags |
//! | vocabulary | 32 | SHA-256 of `vocab.txt` |
//! | source | 32 | SHA-256 of the vectors or the list |
//! | options | 32 | SHA-256 of the options that the table was compiled with |
//! | ids | 4 × ids | piece ids of all words, word after word; the position of a word's ids follows from the length starts |
//! | candidate starts | 4 × (words + 1) | index of the first candidate of each word |
//! | candidates | 8 × candidates | per candidate, best first: its word (u32) and its cumulative share of the draws (f32, rising to 1). A draw reads both, so they stand side by side |
//! | scores | 4 × candidates | f32, falling within a word |
//! | length starts | 4 × (longest + 2) | index of the first word with n pieces, for n from 0 |
//! | slots | 4 × slots | hash table over id sequences: index of the word + 1, or 0 for a free slot |
//! | text starts | 4 × (words + 1) | first byte of the text of each word |
//! | text | rounded up to 4 | UTF-8 of all words |
//! | words by count | 4 × words | only with flag 2: the words by (number of pieces, rising count) |
//! | positions by count | 4 × words | only with flag 2: for each word, its position in this order |
//! | ends of shares | 4 × words | only with flag 2: for each position, where the word's share of the counts of its length ends, in units of 1 ÷ (2³² − 1) |
//! | checksum | 32 | SHA-256 of everything before |
//!
//! Flags: 1 if candidates are drawn by weight, and 2 if the words' counts are known. Other bits are 0.

use std::ops::Range;
use std::path::{Path, PathBuf};

use bytemuck::{Pod, Zeroable};
use repro::{AtomicFile, sha256_hex};
use segment::PieceId;

use crate::by_count::{CountedWord, by_count};

pub(crate) const MAGIC: [u8; 8] = *b"MBSIMWRD";
pub(crate) const VERSION: u32 = 3;
pub(crate) const HASH_BYTES: usize = 32;
const N_COUNTS: usize = 7;
const N_HASHES: usize = 3;
pub(crate) const HEADER_BYTES: usize = 8 + 4 + 4 * N_COUNTS + N_HASHES * HASH_BYTES;

/// An error of reading or writing a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file could not be read.
    #[error(
        "could not read the similar-word table {path}: {source}; make it with `macbert synonyms build`"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file could not be written.
    #[error("could not write the similar-word table {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not a whole table.
    #[error(
        "{path} is damaged, or is not a similar-word table: {reason}; build it again with `macbert synonyms build`"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// The file is a table in another version of this format.
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
        "{path} was compiled for the vocabulary with SHA-256 {table}, but the vocabulary in use has {vocabulary}; build it again with `macbert synonyms build`"
    )]
    OtherVocabulary {
        /// The file.
        path: PathBuf,
        /// SHA-256 of the vocabulary that the table was compiled for.
        table: String,
        /// SHA-256 of the vocabulary in use.
        vocabulary: String,
    },
}

/// A candidate as the file stores it.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Drawable {
    /// Index of its word in the table.
    pub word: u32,
    /// The cumulative share of the draws: how many fall on this candidate or on one before it; from above 0 to 1.
    pub until: f32,
}

/// The flag of tables whose candidates are drawn by weight.
const WEIGHTED: usize = 1;
/// The flag of tables that know the counts of their words.
const COUNTED: usize = 2;

/// The byte ranges of the sections in the file.
pub(crate) struct Layout {
    pub are_weighted: bool,
    pub are_counted: bool,
    pub ids: Range<usize>,
    pub candidate_starts: Range<usize>,
    pub candidates: Range<usize>,
    pub scores: Range<usize>,
    pub length_starts: Range<usize>,
    pub slots: Range<usize>,
    pub text_starts: Range<usize>,
    pub text: Range<usize>,
    /// Empty unless counts are known, like the next two.
    pub words_by_count: Range<usize>,
    pub positions_by_count: Range<usize>,
    pub share_ends: Range<usize>,
    pub end: usize,
}

impl Layout {
    /// The layout that the counts of a header give, or `None` if they are impossible.
    pub(crate) fn new(counts: [u32; N_COUNTS]) -> Option<Self> {
        let [words, ids, candidates, slots, longest, text, flags] = counts.map(|n| n as usize);
        if flags > WEIGHTED | COUNTED {
            return None;
        }
        let are_counted = flags & COUNTED != 0;
        let counted_words = if are_counted { words } else { 0 };
        let mut end = HEADER_BYTES;
        let mut section = |n: usize| {
            let start = end;
            end = end.checked_add(n.checked_mul(4)?)?;
            Some(start..end)
        };
        let mut layout = Self {
            are_weighted: flags & WEIGHTED != 0,
            are_counted,
            ids: section(ids)?,
            candidate_starts: section(words + 1)?,
            candidates: section(candidates.checked_mul(2)?)?,
            scores: section(candidates)?,
            length_starts: section(longest + 2)?,
            slots: section(slots)?,
            text_starts: section(words + 1)?,
            text: section(text.div_ceil(4))?,
            words_by_count: section(counted_words)?,
            positions_by_count: section(counted_words)?,
            share_ends: section(counted_words)?,
            end: 0,
        };
        layout.end = layout.share_ends.end.checked_add(HASH_BYTES)?;
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

/// Computes where the ids of a word are, from the number of words of each length. Nothing is stored per word.
pub(crate) struct Lengths {
    /// The start of each length, counted from 0 pieces. One more element ends the last length.
    starts: Vec<LengthStart>,
}

/// Where the words with one number of pieces start.
#[derive(Clone, Copy)]
struct LengthStart {
    /// Index of the first word of this length.
    word: usize,
    /// Index of the first id of that word.
    id: usize,
}

impl Lengths {
    /// Reads the section of length starts. If it does not rise, the result is useless but nothing panics;
    /// `check_sections` refuses such a table.
    pub(crate) fn new(length_starts: &[u32]) -> Self {
        let mut id = 0_usize;
        let mut before = length_starts.first().map_or(0, |first| *first as usize);
        let mut starts = Vec::with_capacity(length_starts.len());
        for (n_pieces, word) in length_starts.iter().enumerate() {
            let word = *word as usize;
            let n_words_before = word.saturating_sub(before);
            id = id.saturating_add(n_words_before.saturating_mul(n_pieces.saturating_sub(1)));
            starts.push(LengthStart { word, id });
            before = word;
        }
        Self { starts }
    }

    /// The number of ids of all words.
    pub(crate) fn n_ids(&self) -> usize {
        self.starts.last().map_or(0, |end| end.id)
    }

    /// The range of a word's ids.
    pub(crate) fn ids_of(&self, word: usize) -> Range<usize> {
        // A linear search: there are few lengths, and most words are short.
        let ends = self.starts.iter().skip(1);
        let n_pieces = ends.take_while(|end| end.word <= word).count();
        let first = self.starts[n_pieces];
        let start = first.id + (word - first.word) * n_pieces;
        start..start + n_pieces
    }
}

/// Hashes an id sequence: FNV-1a over the ids, then mixed. The hash table in the file uses it, so it never changes.
pub(crate) fn slot_hash(ids: &[PieceId]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for id in ids {
        hash = (hash ^ u64::from(id.get())).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// What a table stores for draws.
#[derive(Clone, Copy)]
pub(crate) struct Draws {
    /// Whether candidates are drawn by weight.
    pub are_weighted: bool,
    /// Whether the counts of the words are known.
    pub are_counted: bool,
}

/// A word to be laid out.
pub(crate) struct TableWord {
    pub ids: Vec<PieceId>,
    pub text: String,
    /// How often a corpus has it; 0 if this is not known.
    pub count: u64,
    /// Best first.
    pub candidates: Vec<TableCandidate>,
}

impl TableWord {
    const fn counted(&self) -> CountedWord {
        CountedWord {
            n_pieces: self.ids.len(),
            count: self.count,
        }
    }
}

/// A candidate to be laid out.
pub(crate) struct TableCandidate {
    /// Index of its word in the sorted list of words.
    pub word_index: u32,
    pub score: f32,
    pub weight: f32,
}

/// The bytes of a whole table, ready to be written.
pub struct TableBytes {
    bytes: Vec<u8>,
}

impl TableBytes {
    /// Lays out words, which must be sorted by (number of pieces, ids). The hashes are those of the vocabulary, the
    /// source and the options. `draws` says what the table stores for draws.
    pub(crate) fn new(words: &[TableWord], draws: Draws, sha256: [&str; N_HASHES]) -> Self {
        let Draws {
            are_weighted,
            are_counted,
        } = draws;
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
            usize::from(are_weighted) * WEIGHTED + usize::from(are_counted) * COUNTED,
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
        if are_counted {
            let counted: Vec<CountedWord> = words.iter().map(TableWord::counted).collect();
            for number in by_count(&counted).into_iter().flatten() {
                out.extend(number.to_le_bytes());
            }
        }
        let checksum = unhex(&sha256_hex(&out));
        out.extend(checksum);
        Self { bytes: out }
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes the table, whole or not at all; creates missing folders.
    pub fn write(&self, path: &Path) -> Result<(), TableError> {
        let written = AtomicFile::write(path, &self.bytes);
        written.map_err(|source| TableError::Write {
            path: path.to_path_buf(),
            source,
        })
    }
}

/// Where the items of each word start, and one more number where the last word's items end.
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

/// The candidates of a word with their cumulative shares. Each is above the one before, and the last is at least 1, so
/// every candidate can be drawn.
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
            word: c.word_index,
            until: before,
        }
    };
    candidates.iter().enumerate().map(drawable).collect()
}

/// The hash table: open addressing with linear probing. At least half of the slots stay free.
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

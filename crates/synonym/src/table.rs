//! The compiled table, mapped into memory: finds the ranked similar words of an id sequence in constant time.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use repro::sha256_hex;
use segment::{PieceId, Vocabulary};

use crate::by_count::ByCount;
use crate::check::{Sections, check_sections};
use crate::format::{
    Drawable, HASH_BYTES, HEADER_BYTES, Layout, Lengths, MAGIC, TableError, VERSION, counts,
    hashes, hex, slot_hash,
};

const _: () = assert!(
    cfg!(target_endian = "little"),
    "the numbers of a table are little-endian, and are used in place"
);

/// The index of a word in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordIndex(u32);

impl WordIndex {
    /// The index as a number, from 0.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A table of similar words, bound to a vocabulary.
///
/// Look-ups neither allocate nor copy. The sections of the file are checked against each other when it is opened, so
/// look-ups need no checks.
pub struct SimilarWords {
    map: Mmap,
    layout: Layout,
    lengths: Lengths,
    path: PathBuf,
    source_sha256: String,
    options_sha256: String,
    sha256: String,
}

/// The similar words of a word, best first. All have as many pieces as the word.
#[derive(Clone, Copy)]
pub struct Candidates<'t> {
    drawables: &'t [Drawable],
    scores: &'t [f32],
    are_weighted: bool,
}

impl Candidates<'_> {
    /// The number of candidates.
    pub fn len(&self) -> usize {
        self.drawables.len()
    }

    /// Whether there are no candidates.
    pub fn is_empty(&self) -> bool {
        self.drawables.is_empty()
    }

    /// The candidate at a rank, from 0.
    pub fn word(&self, rank: usize) -> WordIndex {
        WordIndex(self.drawables[rank].word)
    }

    /// The score of the candidate at a rank, from 0; greater means more similar.
    pub fn score(&self, rank: usize) -> f32 {
        self.scores[rank]
    }

    /// Whether candidates are drawn by weight. Otherwise draws are uniform.
    pub fn are_weighted(&self) -> bool {
        self.are_weighted
    }

    /// The weight of the candidate at a rank: 1 if draws are uniform, otherwise its share of the draws.
    pub fn weight(&self, rank: usize) -> f32 {
        if !self.are_weighted {
            return 1.0;
        }
        let before = rank.checked_sub(1);
        self.drawables[rank].until - before.map_or(0.0, |rank| self.drawables[rank].until)
    }

    /// The rank that a uniform random number, from 0 to below 1, selects by weight. There must be a candidate.
    pub fn rank_at(&self, share: f64) -> usize {
        if !self.are_weighted() {
            return (share * self.len() as f64) as usize;
        }
        let (share, others) = (share as f32, &self.drawables[..self.len() - 1]);
        // Counts to the end instead of stopping early: no processor predicts that branch, and a miss costs more.
        let behind = others.iter().map(|other| usize::from(other.until <= share));
        behind.sum()
    }
}

impl SimilarWords {
    /// Opens a table and verifies its checksum and its sections; refuses a table of another vocabulary.
    pub fn open(path: &Path, vocabulary: &Vocabulary) -> Result<Self, TableError> {
        let table = Self::open_unbound(path)?;
        let [known, ..] = hashes(&table.map);
        if known != vocabulary.sha256() {
            return Err(TableError::OtherVocabulary {
                path: path.to_path_buf(),
                table: known,
                vocabulary: vocabulary.sha256().to_owned(),
            });
        }
        check_sections(&table.sections(), vocabulary.len()).map_err(|reason| {
            TableError::Damaged {
                path: path.to_path_buf(),
                reason: reason.to_owned(),
            }
        })?;
        Ok(table)
    }

    #[expect(
        unsafe_code,
        reason = "the file is laid out so that a memory map can be used in place"
    )]
    fn open_unbound(path: &Path) -> Result<Self, TableError> {
        let read = |source| TableError::Read {
            path: path.to_path_buf(),
            source,
        };
        let file = File::open(path).map_err(read)?;
        // SAFETY: a table is replaced by renaming another file onto it, never written in place, so the mapped bytes do
        // not change.
        let map = unsafe { Mmap::map(&file) }.map_err(read)?;
        let layout = checked_layout(&map, path)?;
        let [_, source_sha256, options_sha256] = hashes(&map);
        Ok(Self {
            sha256: sha256_hex(&map[..]),
            path: path.to_path_buf(),
            lengths: Lengths::new(bytemuck::cast_slice(&map[layout.length_starts.clone()])),
            map,
            layout,
            source_sha256,
            options_sha256,
        })
    }

    /// The file that the table was opened from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of the file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The SHA-256 of the vectors or the list that the table was compiled from, in hexadecimal.
    pub fn source_sha256(&self) -> &str {
        &self.source_sha256
    }

    /// The SHA-256 of the options that the table was compiled with, in hexadecimal.
    pub fn options_sha256(&self) -> &str {
        &self.options_sha256
    }

    /// The number of words, including those that occur only as candidates.
    pub fn n_words(&self) -> usize {
        self.layout.candidate_starts.len() / 4 - 1
    }

    /// All words, sorted by number of pieces, then by ids.
    pub fn words(&self) -> impl Iterator<Item = WordIndex> + use<> {
        (0..self.n_words() as u32).map(WordIndex)
    }

    /// The word with an id sequence, if the table contains it.
    pub fn word(&self, ids: &[PieceId]) -> Option<WordIndex> {
        let slots = self.numbers(&self.layout.slots);
        let mask = slots.len() - 1;
        let mut slot = slot_hash(ids) as usize & mask;
        while slots[slot] != 0 {
            let word = WordIndex(slots[slot] - 1);
            if self.pieces(word) == ids {
                return Some(word);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    /// The piece ids of a word.
    pub fn pieces(&self, word: WordIndex) -> &[PieceId] {
        let ids: &[PieceId] = bytemuck::cast_slice(&self.map[self.layout.ids.clone()]);
        &ids[self.lengths.ids_of(word.0 as usize)]
    }

    /// The text of a word, as its source spells it.
    pub fn text(&self, word: WordIndex) -> &str {
        let text = &self.map[self.layout.text.clone()];
        std::str::from_utf8(&text[self.between(&self.layout.text_starts, word)])
            .expect("`check_sections` found that texts are UTF-8")
    }

    /// The similar words of a word.
    pub fn candidates(&self, word: WordIndex) -> Candidates<'_> {
        let range = self.between(&self.layout.candidate_starts, word);
        let scores: &[f32] = bytemuck::cast_slice(&self.map[self.layout.scores.clone()]);
        let drawables: &[Drawable] =
            bytemuck::cast_slice(&self.map[self.layout.candidates.clone()]);
        Candidates {
            drawables: &drawables[range.clone()],
            scores: &scores[range],
            are_weighted: self.layout.are_weighted,
        }
    }

    /// The number of words with `n_pieces` pieces, with or without similar words. Random words are drawn from these
    /// (method §2.7).
    pub fn n_words_of(&self, n_pieces: usize) -> usize {
        self.range_of(n_pieces).len()
    }

    /// The word at `index`, from 0, among the words with `n_pieces` pieces.
    ///
    /// # Panics
    /// If `index` is not below [`n_words_of`](Self::n_words_of).
    pub fn word_of(&self, n_pieces: usize, index: usize) -> WordIndex {
        let range = self.range_of(n_pieces);
        assert!(
            index < range.len(),
            "index {index} of {} words with {n_pieces} pieces",
            range.len()
        );
        WordIndex(range.start + index as u32)
    }

    /// Whether the table knows how often a corpus has its words. Then random words can be drawn by similar frequency.
    pub fn has_counts(&self) -> bool {
        self.layout.are_counted
    }

    /// The share of a word in the counts of all words with as many pieces, as a range of the numbers from 0 to 1. Words of
    /// similar frequency lie near each other. `None` if counts are not known.
    pub fn share_of(&self, word: WordIndex) -> Option<Range<f64>> {
        let range = self.range_of(self.pieces(word).len());
        Some(self.by_count()?.share_of(word.0, &range))
    }

    /// The word with `n_pieces` pieces whose share a number from 0 to 1 falls on. `None` if counts are not known, or if no
    /// word has this number of pieces.
    pub fn word_at(&self, n_pieces: usize, share: f64) -> Option<WordIndex> {
        let range = self.range_of(n_pieces);
        let by_count = self.by_count().filter(|_| !range.is_empty())?;
        Some(WordIndex(by_count.word_at(share, &range)))
    }

    fn by_count(&self) -> Option<ByCount<'_>> {
        let layout = &self.layout;
        layout.are_counted.then(|| ByCount {
            words: self.numbers(&layout.words_by_count),
            positions: self.numbers(&layout.positions_by_count),
            ends: self.numbers(&layout.share_ends),
        })
    }

    fn range_of(&self, n_pieces: usize) -> Range<u32> {
        let starts = self.numbers(&self.layout.length_starts);
        match starts.get(n_pieces..n_pieces.saturating_add(2)) {
            Some([start, end]) => *start..*end,
            _ => 0..0,
        }
    }

    fn numbers(&self, section: &Range<usize>) -> &[u32] {
        bytemuck::cast_slice(&self.map[section.clone()])
    }

    fn between(&self, starts: &Range<usize>, word: WordIndex) -> Range<usize> {
        let starts = self.numbers(starts);
        let index = word.0 as usize;
        starts[index] as usize..starts[index + 1] as usize
    }

    fn sections(&self) -> Sections<'_> {
        let layout = &self.layout;
        Sections {
            lengths: &self.lengths,
            ids: self.numbers(&layout.ids),
            candidate_starts: self.numbers(&layout.candidate_starts),
            candidates: bytemuck::cast_slice(&self.map[layout.candidates.clone()]),
            scores: bytemuck::cast_slice(&self.map[layout.scores.clone()]),
            length_starts: self.numbers(&layout.length_starts),
            slots: self.numbers(&layout.slots),
            text_starts: self.numbers(&layout.text_starts),
            text: &self.map[layout.text.clone()],
            by_count: self.by_count(),
        }
    }
}

/// The layout of a file, after its magic, version, length and checksum were verified.
fn checked_layout(bytes: &[u8], path: &Path) -> Result<Layout, TableError> {
    let damaged = |reason: String| TableError::Damaged {
        path: path.to_path_buf(),
        reason,
    };
    let least = HEADER_BYTES + HASH_BYTES;
    if bytes.len() < least {
        let found = bytes.len();
        return Err(damaged(format!(
            "expected at least {least} bytes, found {found}"
        )));
    }
    if bytes[..8] != MAGIC {
        let (expected, found) = (MAGIC.escape_ascii(), bytes[..8].escape_ascii());
        return Err(damaged(format!(
            "expected `{expected}` at its start, found `{found}`"
        )));
    }
    let version = u32::from_le_bytes(bytes[8..12].try_into().expect("4 bytes"));
    if version != VERSION {
        return Err(TableError::OtherVersion {
            path: path.to_path_buf(),
            found: version,
        });
    }
    let layout = Layout::new(counts(bytes))
        .ok_or_else(|| damaged("its header has impossible counts".to_owned()))?;
    if layout.end != bytes.len() {
        let (expected, found) = (layout.end, bytes.len());
        return Err(damaged(format!(
            "its header says {expected} bytes, found {found}"
        )));
    }
    let (body, checksum) = bytes.split_at(bytes.len() - HASH_BYTES);
    let (expected, found) = (hex(checksum), sha256_hex(body));
    if expected != found {
        return Err(damaged(format!(
            "its checksum is {expected}, but its bytes have {found}"
        )));
    }
    Ok(layout)
}

#[cfg(test)]
mod tests;

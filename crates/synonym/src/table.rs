//! The compiled table, memory-mapped: id sequence of a word to ranked similar words in constant time.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use repro::sha256_hex;
use segment::{PieceId, Vocabulary};

use crate::check::check_sections;
use crate::format::{
    Drawable, HASH_BYTES, HEADER_BYTES, Layout, Lengths, MAGIC, TableError, VERSION, counts,
    hashes, hex, slot_hash,
};

const _: () = assert!(
    cfg!(target_endian = "little"),
    "tables are mapped as they are, in little-endian numbers"
);

/// A word of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordIndex(u32);

impl WordIndex {
    /// Its place in the table.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A similar-word table bound to a vocabulary.
///
/// Look-ups neither allocate nor copy. What its sections promise each other is checked once, on opening.
pub struct SimilarWords {
    map: Mmap,
    layout: Layout,
    lengths: Lengths,
    path: PathBuf,
    source_sha256: String,
    options_sha256: String,
    sha256: String,
}

/// The similar words of a word, best first; all have its number of pieces.
///
/// Words and scores are all that a draw sees, so another source of ranked words can stand beside the table.
#[derive(Clone, Copy)]
pub struct Candidates<'t> {
    drawables: &'t [Drawable],
    scores: &'t [f32],
    are_weighted: bool,
}

impl Candidates<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.drawables.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.drawables.is_empty()
    }

    /// The candidate of a rank, from 0.
    pub fn word(&self, rank: usize) -> WordIndex {
        WordIndex(self.drawables[rank].word)
    }

    /// Its score: the greater, the more similar.
    pub fn score(&self, rank: usize) -> f32 {
        self.scores[rank]
    }

    /// Whether candidates are drawn by weights of their own; otherwise all alike.
    pub fn are_weighted(&self) -> bool {
        self.are_weighted
    }

    /// How often a candidate is drawn against the others: 1 where draws are uniform, else its share of them.
    pub fn weight(&self, rank: usize) -> f32 {
        if !self.are_weighted {
            return 1.0;
        }
        let before = rank.checked_sub(1);
        self.drawables[rank].until - before.map_or(0.0, |rank| self.drawables[rank].until)
    }

    /// The rank that a random share, 0 to below 1, of all weights falls on.
    pub fn rank_at(&self, share: f64) -> usize {
        if !self.are_weighted() {
            return (share * self.len() as f64) as usize;
        }
        let (share, others) = (share as f32, &self.drawables[..self.len() - 1]);
        // Counted to the end: where the draw falls is a coin's toss, which no processor foresees.
        let behind = others.iter().map(|other| usize::from(other.until <= share));
        behind.sum()
    }
}

impl SimilarWords {
    /// Opens a table, verifies its checksum and its sections, and refuses one of another vocabulary.
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

    #[expect(unsafe_code, reason = "a memory map is the point of the file's layout")]
    fn open_unbound(path: &Path) -> Result<Self, TableError> {
        let read = |source| TableError::Read {
            path: path.to_path_buf(),
            source,
        };
        let file = File::open(path).map_err(read)?;
        // SAFETY: tables are replaced by renaming, never written in place, so the mapped bytes do not change.
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

    /// The hash of the file.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The hash of the vectors or the list that the table was compiled from.
    pub fn source_sha256(&self) -> &str {
        &self.source_sha256
    }

    /// The hash of the options that it was compiled with.
    pub fn options_sha256(&self) -> &str {
        &self.options_sha256
    }

    /// Number of words.
    pub fn n_words(&self) -> usize {
        self.layout.candidate_starts.len() / 4 - 1
    }

    /// All words, by number of pieces.
    pub fn words(&self) -> impl Iterator<Item = WordIndex> + use<> {
        (0..self.n_words() as u32).map(WordIndex)
    }

    /// The word of an id sequence.
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

    /// A word's piece ids.
    pub fn pieces(&self, word: WordIndex) -> &[PieceId] {
        let ids: &[PieceId] = bytemuck::cast_slice(&self.map[self.layout.ids.clone()]);
        &ids[self.lengths.ids_of(word.0 as usize)]
    }

    /// A word as its source writes it.
    pub fn text(&self, word: WordIndex) -> &str {
        let text = &self.map[self.layout.text.clone()];
        std::str::from_utf8(&text[self.between(&self.layout.text_starts, word)])
            .expect("texts are UTF-8, as checked on opening")
    }

    /// A word's similar words.
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

    /// How many words, heads and candidates alike, have so many pieces (method §2.7 draws from these).
    pub fn n_words_of(&self, n_pieces: usize) -> usize {
        self.range_of(n_pieces).len()
    }

    /// The word `index`, from 0, of so many pieces.
    pub fn word_of(&self, n_pieces: usize, index: usize) -> WordIndex {
        let range = self.range_of(n_pieces);
        assert!(
            index < range.len(),
            "there are {} words of {n_pieces} pieces, none is number {index}",
            range.len()
        );
        WordIndex(range.start + index as u32)
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

    fn sections(&self) -> crate::check::Sections<'_> {
        let layout = &self.layout;
        crate::check::Sections {
            lengths: &self.lengths,
            ids: self.numbers(&layout.ids),
            candidate_starts: self.numbers(&layout.candidate_starts),
            candidates: bytemuck::cast_slice(&self.map[layout.candidates.clone()]),
            scores: bytemuck::cast_slice(&self.map[layout.scores.clone()]),
            length_starts: self.numbers(&layout.length_starts),
            slots: self.numbers(&layout.slots),
            text_starts: self.numbers(&layout.text_starts),
            text: &self.map[layout.text.clone()],
        }
    }
}

/// The layout of a file that begins as a table, is as long as it says, and has the checksum that it names.
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
        .ok_or_else(|| damaged("its header counts more than can be".to_owned()))?;
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

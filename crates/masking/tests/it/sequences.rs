//! Maskers with tables that know some of the words, and sequences of units as the simulation draws them.

use std::sync::Arc;

use masking::{Masker, MaskingOptions};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use segment::{PieceId, UnitSpan, Vocabulary};
use synonym::{CompileOptions, Entry};

/// Shares of units of 1 to 4 pieces: those of `masking_expectations.json`.
const UNIT_LENGTHS: [f64; 4] = [0.40, 0.48, 0.08, 0.04];
/// Words of each number of pieces: one character each, repeated.
pub(crate) const N_WORDS: usize = 20;

/// A masker over `N_WORDS` characters. A word has two similar words in its table if `knows` says so of the word's number of
/// pieces and index.
pub(crate) fn masker(options: &MaskingOptions, knows: impl Fn(usize, usize) -> bool) -> Masker {
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(String::from);
    let characters: Vec<char> = ('一'..)
        .filter(|c| segment::is_cjk(*c))
        .take(N_WORDS)
        .collect();
    let pieces = specials
        .into_iter()
        .chain(characters.iter().map(char::to_string))
        .collect();
    let vocabulary = Arc::new(Vocabulary::from_pieces(pieces).unwrap());
    let word = |index: usize, n: usize| characters[index % N_WORDS].to_string().repeat(n);
    let entries: Vec<Entry> = (1..=4)
        .flat_map(|n| (0..N_WORDS).map(move |index| (n, index)))
        .filter(|(n, index)| knows(*n, *index))
        .flat_map(|(n, index)| {
            [
                Entry::new(word(index, n), word(index + 1, n), 1.0),
                Entry::new(word(index, n), word(index + 2, n), 0.5),
            ]
        })
        .collect();
    let table = fixtures::compiled_table(&entries, &vocabulary, &CompileOptions::default());
    Masker::new(
        options.resolve().unwrap(),
        vocabulary,
        Some(Arc::new(table)),
    )
    .unwrap()
}

/// An example before it is masked: `[CLS] A [SEP] B [SEP]`.
pub(crate) struct Sequence {
    pub ids: Vec<PieceId>,
    pub units: Vec<UnitSpan>,
    /// Units of text A.
    pub n_first: usize,
}

/// Draws units that fill a length exactly, as the simulation draws them.
pub(crate) fn sequence(length: usize, rng: &mut ChaCha8Rng) -> Sequence {
    let n_pieces = length - 3;
    let n_pieces_first = rng.random_range(n_pieces / 4..=3 * n_pieces / 4);
    let mut sequence = Sequence {
        ids: vec![PieceId::new(2)],
        units: Vec::new(),
        n_first: 0,
    };
    sequence.add_text(n_pieces_first, rng);
    sequence.n_first = sequence.units.len();
    sequence.add_text(n_pieces - n_pieces_first, rng);
    sequence
}

impl Sequence {
    /// Adds units of `n_pieces` in all, and a `[SEP]` after them.
    fn add_text(&mut self, n_pieces: usize, rng: &mut ChaCha8Rng) {
        let mut left = n_pieces;
        while left > 0 {
            let n = draw_length(rng).min(left);
            let id = PieceId::new(5 + rng.random_range(0..N_WORDS as u32));
            self.units.push(UnitSpan {
                start: self.ids.len() as u32,
                n_pieces: n as u32,
            });
            self.ids.extend(std::iter::repeat_n(id, n));
            left -= n;
        }
        self.ids.push(PieceId::new(3));
    }
}

fn draw_length(rng: &mut ChaCha8Rng) -> usize {
    let mut left: f64 = rng.random();
    UNIT_LENGTHS
        .iter()
        .position(|share| {
            left -= share;
            left < 0.0
        })
        .unwrap_or(3)
        + 1
}

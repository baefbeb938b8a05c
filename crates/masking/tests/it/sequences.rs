//! A vocabulary, tables that know some of its words, and sequences of units as the simulation draws them.

use std::sync::Arc;

use masking::{Masker, MaskingOptions};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use segment::{PieceId, PieceTokenizer, UnitSpan, Vocabulary};
use synonym::{CompileOptions, Entry, SimilarWords, compile};

/// Shares of units of 1 to 4 pieces: those of `masking_expectations.json`.
const UNIT_LENGTHS: [f64; 4] = [0.40, 0.48, 0.08, 0.04];
/// Words of each number of pieces: one character each, repeated.
pub(crate) const N_WORDS: usize = 20;

/// A masker over `N_WORDS` characters, with a table where the words that `knows` names by their number of pieces and
/// their index have two similar words.
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
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let compiled = compile(
        &entries,
        &tokenizer,
        &vocabulary,
        &CompileOptions::default(),
        "some",
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    compiled.table.write(file.path()).unwrap();
    let table = Arc::new(SimilarWords::open(file.path(), &vocabulary).unwrap());
    Masker::new(options.resolve().unwrap(), vocabulary, Some(table)).unwrap()
}

/// Units that fill two texts exactly, as the simulation draws them.
pub(crate) fn sequence(
    length: usize,
    rng: &mut ChaCha8Rng,
) -> (Vec<PieceId>, Vec<UnitSpan>, usize) {
    let n_pieces = length - 3;
    let n_first = rng.random_range(n_pieces / 4..=3 * n_pieces / 4);
    let (mut ids, mut units, mut n_units_first) = (vec![PieceId::new(2)], Vec::new(), 0);
    for (text, n_pieces) in [n_first, n_pieces - n_first].into_iter().enumerate() {
        let mut left = n_pieces;
        while left > 0 {
            let n = draw_length(rng).min(left);
            let id = PieceId::new(5 + rng.random_range(0..N_WORDS as u32));
            units.push(UnitSpan {
                start: ids.len() as u32,
                n_pieces: n as u32,
            });
            ids.extend(std::iter::repeat_n(id, n));
            left -= n;
        }
        if text == 0 {
            n_units_first = units.len();
        }
        ids.push(PieceId::new(3));
    }
    (ids, units, n_units_first)
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

//! Compares a table with a thesaurus and with a list of opposites.

use crate::antonyms::Antonyms;
use crate::judge::bands::{Bands, N_BANDS};
use crate::table::{Candidates, SimilarWords};
use crate::thesaurus::Thesaurus;

/// How many of a word's candidates are judged, best first.
const BEST: usize = 5;

/// Counts of candidates that a thesaurus confirms: those that share a group with their word.
///
/// Only words of the table that the thesaurus contains count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PrecisionCount {
    /// Words counted.
    pub n_words: u64,
    /// Candidates that the thesaurus contains, at most the best five of each word.
    pub n_known: u64,
    /// Candidates among `n_known` that share a group with the word.
    pub n_together: u64,
    /// Candidates, at most the best five of each word, whether the thesaurus contains them or not.
    pub n_best: u64,
    /// Candidates among `n_best` that share a group with the word.
    pub n_best_together: u64,
    /// The probability that masking draws a candidate that shares a group with the word, summed over the words.
    pub drawn_together: f64,
}

impl PrecisionCount {
    /// The precision among the best five candidates that the thesaurus contains; from 0 to 1.
    pub fn of_known(&self) -> f64 {
        self.n_together as f64 / self.n_known.max(1) as f64
    }

    /// The precision among the best five candidates; from 0 to 1. Candidates that the thesaurus lacks count as wrong.
    pub fn of_all(&self) -> f64 {
        self.n_best_together as f64 / self.n_best.max(1) as f64
    }

    /// The expected precision of the candidates that masking draws; from 0 to 1.
    pub fn of_draws(&self) -> f64 {
        self.drawn_together / self.n_words.max(1) as f64
    }

    fn add(&mut self, other: Self) {
        self.n_words += other.n_words;
        self.n_known += other.n_known;
        self.n_together += other.n_together;
        self.n_best += other.n_best;
        self.n_best_together += other.n_best_together;
        self.drawn_together += other.drawn_together;
    }
}

/// Computes the precision at five for each frequency band of words; the last element is for all words together.
pub fn precision(
    table: &SimilarWords,
    thesaurus: &Thesaurus,
    bands: &Bands<'_>,
) -> [PrecisionCount; N_BANDS + 1] {
    let mut counts = [PrecisionCount::default(); N_BANDS + 1];
    for word in table.words() {
        let (text, candidates) = (table.text(word), table.candidates(word));
        if candidates.is_empty() || !thesaurus.has(text) {
            continue;
        }
        let texts = (0..candidates.len()).map(|rank| table.text(candidates.word(rank)));
        let mut count = PrecisionCount {
            n_words: 1,
            drawn_together: chance_together(table, text, candidates, thesaurus),
            ..PrecisionCount::default()
        };
        for similar in texts.clone().take(BEST) {
            count.n_best += 1;
            count.n_best_together += u64::from(thesaurus.are_together(text, similar));
        }
        for similar in texts.filter(|similar| thesaurus.has(similar)).take(BEST) {
            count.n_known += 1;
            count.n_together += u64::from(thesaurus.are_together(text, similar));
        }
        counts[bands.of(text)].add(count);
        counts[N_BANDS].add(count);
    }
    counts
}

/// The probability that a candidate drawn by weight shares a group with the word.
fn chance_together(
    table: &SimilarWords,
    text: &str,
    candidates: Candidates<'_>,
    thesaurus: &Thesaurus,
) -> f64 {
    let weight = |rank: usize| f64::from(candidates.weight(rank));
    let ranks = || 0..candidates.len();
    let together = ranks()
        .filter(|rank| thesaurus.are_together(text, table.text(candidates.word(*rank))))
        .map(weight);
    together.sum::<f64>() / ranks().map(weight).sum::<f64>()
}

/// Counts of opposites among the candidates of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OppositeCount {
    /// Listed pairs, in each direction, whose words are both in the table and have the same number of pieces.
    pub n_pairs: u64,
    /// Pairs among `n_pairs` whose second word is among the best five candidates of the first.
    pub n_among_best: u64,
}

/// Counts how many listed opposites are among the best five candidates of each other.
pub fn opposites(table: &SimilarWords, antonyms: &Antonyms) -> OppositeCount {
    let mut count = OppositeCount::default();
    let words: std::collections::HashMap<&str, _> =
        table.words().map(|word| (table.text(word), word)).collect();
    for (a, b) in antonyms.pairs() {
        for (a, b) in [(a, b), (b, a)] {
            let (Some(a), Some(b)) = (words.get(a), words.get(b)) else {
                continue;
            };
            if table.pieces(*a).len() != table.pieces(*b).len() {
                continue;
            }
            let candidates = table.candidates(*a);
            let best = candidates.len().min(BEST);
            count.n_pairs += 1;
            count.n_among_best += u64::from((0..best).any(|rank| candidates.word(rank) == *b));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use segment::{PieceTokenizer, Vocabulary};

    use super::{OppositeCount, PrecisionCount, opposites, precision};
    use crate::antonyms::Antonyms;
    use crate::compile::{CompileOptions, compile};
    use crate::judge::bands::{Bands, N_BANDS};
    use crate::list::Entry;
    use crate::table::SimilarWords;
    use crate::thesaurus::Thesaurus;

    fn table() -> SimilarWords {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "甲", "乙", "丙", "丁", "戊",
        ];
        let vocabulary =
            Vocabulary::from_pieces(pieces.map(String::from).to_vec()).expect("a vocabulary");
        let tokenizer = PieceTokenizer::new(&vocabulary, true);
        let entries = [
            ("甲", "乙"),
            ("甲", "丙"),
            ("甲", "丁"),
            ("丁", "甲"),
            ("戊", "甲"),
        ];
        let entries = entries.map(|(a, b)| Entry::new(a, b, 1.0));
        let options = CompileOptions::default();
        let compiled = compile(&entries, &tokenizer, &vocabulary, &options, "test");
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        compiled.table.write(file.path()).expect("written");
        SimilarWords::open(file.path(), &vocabulary).expect("a table")
    }

    #[test]
    fn precision_counts_known_candidates_and_all_candidates() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), "Aa01A01= 甲 乙\nAa01A02= 丁 己\n").expect("written");
        let thesaurus = Thesaurus::read(file.path()).expect("a thesaurus");
        let words = ["甲", "丁"].map(String::from);
        let counts = precision(&table(), &thesaurus, &Bands::new(&words));
        let expect = PrecisionCount {
            n_words: 2,
            n_known: 3,
            n_together: 1,
            n_best: 4,
            n_best_together: 1,
            drawn_together: 1.0 / 3.0,
        };
        assert_eq!((counts[0], counts[N_BANDS]), (expect, expect));
        assert!((expect.of_all() - 0.25).abs() < 1e-9);
    }

    #[test]
    fn opposites_are_counted_in_both_directions() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let antonyms = Antonyms::new([pair("甲", "丙"), pair("甲", "己")], true);
        let expect = OppositeCount {
            n_pairs: 2,
            n_among_best: 1,
        };
        assert_eq!(opposites(&table(), &antonyms), expect);
    }
}

//! Finds the words of a user dictionary that jieba itself never cuts, because they hold white space or marks.
//!
//! jieba only looks for words in runs of Chinese characters, Latin letters, digits and a few signs. So a word such as
//! `深度 学习`, `β-内酰胺酶` or `《民法典》` has to be found before, and jieba cuts what is left.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::cut::alphabet::is_of_run;
use crate::vocabulary_build::is_cjk;

/// Words that jieba never cuts.
#[derive(Default)]
pub(crate) struct MarkedWords {
    /// `None` if there are none.
    finder: Option<AhoCorasick>,
}

impl MarkedWords {
    /// Takes those of some words that hold a character that ends jieba's runs.
    pub(crate) fn new<'d>(words: impl Iterator<Item = &'d str>) -> Self {
        let marked: Vec<&str> = words.filter(|word| !word.chars().all(is_of_run)).collect();
        let finder = (!marked.is_empty()).then(|| {
            AhoCorasick::new(&marked)
                .expect("a file of words is smaller than the automaton's limit")
        });
        Self { finder }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.finder.is_none()
    }

    /// The places in a text that are cut as one of these words: the first and longest that fits is taken.
    ///
    /// A place does not fit if it begins or ends inside a Latin word or a number, or if `splits` says of one of its ends
    /// that a word is split there.
    pub(crate) fn find(&self, text: &str, splits: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
        let found = self
            .finder
            .iter()
            .flat_map(|finder| finder.find_overlapping_iter(text));
        let mut found: Vec<Range<usize>> = found
            .map(|place| place.range())
            .filter(|place| {
                [place.start, place.end]
                    .iter()
                    .all(|at| !is_inside_word(text, *at))
            })
            .collect();
        found.sort_unstable_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
        let mut last_end = 0;
        found.retain(|place| {
            let fits = place.start >= last_end && !splits(place.start) && !splits(place.end);
            if fits {
                last_end = place.end;
            }
            fits
        });
        found
    }
}

/// Whether a byte of a text lies between two letters or between two digits. Chinese characters are no letters here, and
/// a unit may follow its number (`5mmol/L`).
fn is_inside_word(text: &str, at: usize) -> bool {
    let kind = |c: char| {
        let is_letter = c.is_alphabetic() && !is_cjk(c);
        (is_letter || c.is_numeric()).then_some(is_letter)
    };
    let before = text[..at].chars().next_back().and_then(kind);
    let after = text[at..].chars().next().and_then(kind);
    before.is_some() && before == after
}

#[cfg(test)]
mod tests {
    use super::MarkedWords;

    #[track_caller]
    fn check(words: &[&str], text: &str, expect: &[&str]) {
        let marked = MarkedWords::new(words.iter().copied());
        let places = marked.find(text, |_| false);
        let found: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn the_first_and_longest_word_is_taken() {
        let words = ["A B", "A B C", "B C D", "《法》", "语言"];
        check(&words, "A B C D", &["A B C"]);
        check(&words, "《法》A B", &["《法》", "A B"]);
        check(&words, "语言", &[]);
    }

    #[test]
    fn a_place_inside_a_latin_word_does_not_fit() {
        check(&["mmol/L"], "3mmol/L和mmol/Lab", &["mmol/L"]);
        check(&["1/2"], "11/2和1/2", &["1/2"]);
        check(&["mmol/L"], "Xmmol/L", &[]);
        check(&["New York", "New York C"], "New York City", &["New York"]);
        check(&["B₁₂"], "维生素B₁₂会", &["B₁₂"]);
    }
}

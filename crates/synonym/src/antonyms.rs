//! Opposites. They occur in the same contexts as a word, so vectors find them similar, but they must not replace it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::list::{ListError, lines_of, wrong_line};

/// The separators between the two words of a line. Published lists mix several kinds of dashes.
const BETWEEN: &[char] = &['—', '─', '―', '–', '-', '@', '\t', ' '];
/// How many listed pairs must differ in the same two characters alone before these count as opposites.
const LEAST_PAIRS: usize = 2;

/// Pairs of opposite words, and pairs of opposite characters learned from them.
#[derive(Clone, Debug, Default)]
pub struct Antonyms {
    pairs: BTreeSet<(String, String)>,
    characters: BTreeSet<(char, char)>,
}

impl Antonyms {
    /// Reads a list with two words per line, separated by dashes, `@` or white space. Lines that start with `#` are
    /// comments.
    pub fn read(path: &Path) -> Result<Vec<(String, String)>, ListError> {
        let mut pairs = Vec::new();
        for (index, line) in lines_of(path)?.iter().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split(BETWEEN).filter(|word| !word.is_empty());
            let (Some(a), Some(b), None) = (words.next(), words.next(), words.next()) else {
                let expected = "two words, separated by dashes, `@` or white space";
                return Err(wrong_line(path, index, expected, line));
            };
            pairs.push((a.to_owned(), b.to_owned()));
        }
        Ok(pairs)
    }

    /// Collects pairs of opposites. With `by_characters`, opposite characters are learned from the pairs too.
    ///
    /// Two characters are opposites \[P\] if they are a pair themselves (大, 小), or if at least two pairs differ in these
    /// characters alone (内部 and 外部, 内地 and 外地). Two words are opposites if all characters in which they differ
    /// are opposites (上升, 下降). This finds many pairs that no list contains.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>, by_characters: bool) -> Self {
        let pairs: BTreeSet<(String, String)> =
            pairs.into_iter().map(|(a, b)| ordered(a, b)).collect();
        let mut counts: BTreeMap<(char, char), usize> = BTreeMap::new();
        for (a, b) in pairs.iter().filter(|_| by_characters) {
            if let Some(pair) = only_difference(a, b) {
                let is_whole = a.chars().count() == 1;
                *counts.entry(pair).or_default() += if is_whole { LEAST_PAIRS } else { 1 };
            }
        }
        let characters = counts.into_iter().filter(|(_, n)| *n >= LEAST_PAIRS);
        Self {
            characters: characters.map(|(pair, _)| pair).collect(),
            pairs,
        }
    }

    /// Whether the list contains a pair, in either order.
    pub fn is_listed(&self, a: &str, b: &str) -> bool {
        self.pairs.contains(&ordered(a.to_owned(), b.to_owned()))
    }

    /// Whether two words are opposites, by the list or by their characters.
    pub fn are_opposite(&self, a: &str, b: &str) -> bool {
        self.is_listed(a, b) || self.differ_in_opposites(a, b)
    }

    fn differ_in_opposites(&self, a: &str, b: &str) -> bool {
        if self.characters.is_empty() || a.chars().count() != b.chars().count() {
            return false;
        }
        let mut differing = a.chars().zip(b.chars()).filter(|(a, b)| a != b).peekable();
        differing.peek().is_some()
            && differing.all(|(a, b)| self.characters.contains(&ordered(a, b)))
    }

    /// The listed pairs, each once, with the word that sorts first in front.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(a, b)| (a.as_str(), b.as_str()))
    }

    /// The number of listed pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are no listed pairs.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

fn ordered<T: Ord>(a: T, b: T) -> (T, T) {
    if a <= b { (a, b) } else { (b, a) }
}

/// The pair of characters in which two words of the same length differ, if it is only one.
fn only_difference(a: &str, b: &str) -> Option<(char, char)> {
    if a.chars().count() != b.chars().count() {
        return None;
    }
    let mut differing = a.chars().zip(b.chars()).filter(|(a, b)| a != b);
    match (differing.next(), differing.next()) {
        (Some((a, b)), None) => Some(ordered(a, b)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Antonyms;

    fn pairs() -> Vec<(String, String)> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let text =
            "# opposites\n大——小\n内部@外部\n内地\t外地\n上 下\n升──降\n\n购买--出售\n快乐——悲伤\n";
        std::fs::write(file.path(), text).expect("written");
        Antonyms::read(file.path()).expect("a list")
    }

    #[test]
    fn listed_pairs_are_opposites_in_both_directions() {
        let antonyms = Antonyms::new(pairs(), false);
        assert_eq!(antonyms.len(), 7);
        assert!(antonyms.are_opposite("购买", "出售") && antonyms.are_opposite("出售", "购买"));
        assert!(!antonyms.are_opposite("上升", "下降"), "not listed");
    }

    #[test]
    fn opposite_characters_of_listed_pairs_find_other_pairs() {
        let antonyms = Antonyms::new(pairs(), true);
        for (a, b) in [("上升", "下降"), ("内侧", "外侧"), ("大雨", "小雨")] {
            assert!(antonyms.are_opposite(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("上升", "提升"),
            ("购入", "出入"),
            ("大雨", "大雨"),
            ("大", "小雨"),
        ] {
            assert!(!antonyms.are_opposite(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_line_with_more_or_fewer_than_two_words_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), "大——小\n大\n").expect("written");
        let error = Antonyms::read(file.path())
            .expect_err("refused")
            .to_string();
        assert!(error.contains(":2: expected two words"), "{error}");
    }
}

//! Counts the causes of `[UNK]`: the characters that the vocabulary lacks.

use std::collections::BTreeMap;

use segment::{Segmented, Segmenter};
use serde::{Deserialize, Serialize};

/// Counts of `[UNK]` pieces by their cause. Every `[UNK]` piece counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unknown {
    /// Pieces by the first character of their text that is `[UNK]` on its own.
    pub characters: BTreeMap<char, u64>,
    /// Pieces whose characters are all in the vocabulary. Their word has no split into pieces, or is longer than
    /// WordPiece allows.
    pub words: u64,
}

impl Unknown {
    /// Counts the `[UNK]` pieces of a document.
    pub(crate) fn add(&mut self, text: &str, segmented: &Segmented, segmenter: &Segmenter) {
        let unknown = segmenter.vocabulary().specials().unk;
        let pieces = segmented.pieces.iter().zip(&segmented.piece_spans);
        for (_, span) in pieces.filter(|(id, _)| **id == unknown) {
            match cause(span.of(text), segmenter) {
                Some(character) => *self.characters.entry(character).or_default() += 1,
                None => self.words += 1,
            }
        }
    }

    /// Adds other counts.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (character, count) in &other.characters {
            *self.characters.entry(*character).or_default() += count;
        }
        self.words += other.words;
    }

    /// The `n` characters that cause the most `[UNK]` pieces, with their counts; equal counts are sorted by character.
    pub fn most(&self, n: usize) -> Vec<(char, u64)> {
        let mut most: Vec<(char, u64)> = self.characters.iter().map(|(c, n)| (*c, *n)).collect();
        most.sort_by_key(|(character, count)| (std::cmp::Reverse(*count), *character));
        most.truncate(n);
        most
    }

    /// The number of all `[UNK]` pieces.
    pub fn total(&self) -> u64 {
        self.characters.values().sum::<u64>() + self.words
    }
}

/// The first character of a piece's text that is `[UNK]` on its own.
fn cause(text: &str, segmenter: &Segmenter) -> Option<char> {
    let unknown = segmenter.vocabulary().specials().unk;
    let mut characters = text.chars();
    let first = characters.next();
    if characters.next().is_none() {
        return first;
    }
    let mut buffer = [0; 4];
    text.chars().find(|character| {
        let pieces = segmenter.pieces(character.encode_utf8(&mut buffer));
        pieces.iter().any(|piece| piece.id == unknown)
    })
}

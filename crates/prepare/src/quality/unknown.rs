//! What `[UNK]` stands for: the characters that the vocabulary lacks.

use std::collections::BTreeMap;

use segment::{Segmented, Segmenter};
use serde::{Deserialize, Serialize};

/// `[UNK]` pieces by their cause. Characters and words together are all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unknown {
    /// By the first character of the piece's text that is `[UNK]` on its own.
    pub characters: BTreeMap<char, u64>,
    /// Words whose characters are all known: no pieces join to them, or they are longer than WordPiece takes.
    pub words: u64,
}

impl Unknown {
    /// Looks only at pieces that are `[UNK]`.
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

    /// Adds another's.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (character, count) in &other.characters {
            *self.characters.entry(*character).or_default() += count;
        }
        self.words += other.words;
    }

    /// The characters that cause most, with how many pieces each; ties in the characters' order.
    pub fn most(&self, n: usize) -> Vec<(char, u64)> {
        let mut most: Vec<(char, u64)> = self.characters.iter().map(|(c, n)| (*c, *n)).collect();
        most.sort_by_key(|(character, count)| (std::cmp::Reverse(*count), *character));
        most.truncate(n);
        most
    }

    /// All `[UNK]` pieces.
    pub fn total(&self) -> u64 {
        self.characters.values().sum::<u64>() + self.words
    }
}

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

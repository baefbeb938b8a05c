//! Finds the longest piece that a run of characters begins with, in a trie of the vocabulary.

use ahash::AHashMap;

use crate::spans::PieceId;
use crate::vocabulary::Vocabulary;

/// The root node of pieces that begin a word.
const FIRST: u32 = 0;
/// The root node of pieces that continue a word.
const LATER: u32 = 1;
/// What the vocabulary has before a piece that continues a word \[B\].
const CONTINUATION: &str = "##";

const N_ASCII: usize = 128;

/// The pieces of a vocabulary by their characters.
///
/// Invariant: every edge leads to a node below `ids.len()`.
pub(crate) struct PieceTrie {
    /// The edges from the two roots for ASCII characters, which are the most frequent ones. 0 means no edge, because no
    /// edge leads to node 0.
    ascii: [[u32; N_ASCII]; 2],
    /// All other edges.
    edges: AHashMap<(u32, char), u32>,
    /// For each node the piece that ends there.
    ids: Vec<Option<PieceId>>,
}

impl PieceTrie {
    pub(crate) fn new(vocabulary: &Vocabulary) -> Self {
        let mut trie = Self {
            ascii: [[0; N_ASCII]; 2],
            edges: AHashMap::new(),
            ids: vec![None, None],
        };
        for id in vocabulary.ids() {
            let piece = vocabulary.piece(id);
            trie.insert(FIRST, piece, id);
            if let Some(continuation) = piece.strip_prefix(CONTINUATION) {
                trie.insert(LATER, continuation, id);
            }
        }
        trie
    }

    /// The longest piece at the beginning of a word, and the piece's number of characters.
    pub(crate) fn first(&self, characters: impl Iterator<Item = char>) -> Option<(PieceId, usize)> {
        self.longest(FIRST, characters)
    }

    /// The longest piece that continues a word, and the piece's number of characters without `##`.
    pub(crate) fn later(&self, characters: impl Iterator<Item = char>) -> Option<(PieceId, usize)> {
        self.longest(LATER, characters)
    }

    fn longest(
        &self,
        mut node: u32,
        characters: impl Iterator<Item = char>,
    ) -> Option<(PieceId, usize)> {
        let mut longest = None;
        for (index, character) in characters.enumerate() {
            let Some(next) = self.next(node, character) else {
                break;
            };
            node = next;
            if let Some(id) = self.ids[node as usize] {
                longest = Some((id, index + 1));
            }
        }
        longest
    }

    fn next(&self, node: u32, character: char) -> Option<u32> {
        match self.ascii.get(node as usize).zip(ascii(character)) {
            Some((nodes, index)) => Some(nodes[index]).filter(|next| *next != 0),
            None => self.edges.get(&(node, character)).copied(),
        }
    }

    fn insert(&mut self, root: u32, piece: &str, id: PieceId) {
        let mut node = root;
        for character in piece.chars() {
            let new = self.ids.len() as u32;
            if let Some(next) = self.next(node, character) {
                node = next;
            } else {
                match self.ascii.get_mut(node as usize).zip(ascii(character)) {
                    Some((nodes, index)) => nodes[index] = new,
                    None => _ = self.edges.insert((node, character), new),
                }
                node = new;
                self.ids.push(None);
            }
        }
        if node != root {
            self.ids[node as usize] = Some(id);
        }
    }
}

/// The index of an ASCII character.
fn ascii(character: char) -> Option<usize> {
    character.is_ascii().then_some(character as usize)
}

#[cfg(test)]
mod tests {
    use super::PieceTrie;
    use crate::Vocabulary;

    #[test]
    fn the_longest_piece_is_found_and_continuations_are_kept_apart() {
        let text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\nunaff\n##able\n##a\na\n##\n";
        let vocabulary = Vocabulary::parse(text).expect("a vocabulary");
        let trie = PieceTrie::new(&vocabulary);
        let id = |piece| vocabulary.id(piece).expect("there");
        assert_eq!(trie.first("unaffable".chars()), Some((id("unaff"), 5)));
        assert_eq!(trie.first("unab".chars()), Some((id("un"), 2)));
        assert_eq!(trie.later("ablest".chars()), Some((id("##able"), 4)));
        assert_eq!(trie.later("ab".chars()), Some((id("##a"), 1)));
        assert_eq!(trie.first("able".chars()), Some((id("a"), 1)));
        assert_eq!(trie.first("x".chars()), None);
        assert_eq!(trie.later("un".chars()), None);
    }
}

//! The longest piece that a run of characters begins with: a trie over the vocabulary.

use ahash::AHashMap;

use crate::spans::PieceId;
use crate::vocabulary::Vocabulary;

/// Where a word begins, and where it goes on.
const FIRST: u32 = 0;
const LATER: u32 = 1;
/// What the vocabulary writes before a piece that continues a word \[B\].
const CONTINUATION: &str = "##";

const N_ASCII: usize = 128;

/// Pieces by their characters.
///
/// Invariant: edges lead to nodes below `ids.len()`.
pub(crate) struct PieceTrie {
    /// The nodes of the ASCII characters that a piece begins with, at a word's beginning and further on: most are. Only
    /// these edges are not among the others; none leads back to node 0.
    ascii: [[u32; N_ASCII]; 2],
    edges: AHashMap<(u32, char), u32>,
    /// The piece that ends at a node.
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

    /// The longest piece at the beginning of a word, and its number of characters.
    pub(crate) fn first(&self, characters: impl Iterator<Item = char>) -> Option<(PieceId, usize)> {
        self.longest(FIRST, characters)
    }

    /// The longest piece further on in a word.
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

/// The place of an ASCII character.
fn ascii(character: char) -> Option<usize> {
    character.is_ascii().then_some(character as usize)
}

#[cfg(test)]
mod tests {
    use super::PieceTrie;
    use crate::Vocabulary;

    #[test]
    fn the_longest_piece_is_found_and_continuations_stand_apart() {
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

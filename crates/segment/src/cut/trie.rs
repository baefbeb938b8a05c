//! The dictionary as a double array: every step from a word's beginning to a longer one is one look-up.
//!
//! A node's children stand at `base + code`, each labelled with its code; where the label is another, the place belongs
//! to another node. Bases differ, so the label alone tells. The root's base is 0: its children come first, without
//! labels. Labels lie apart from nodes, since most look-ups find nothing: they touch little memory.

use ahash::AHashMap;

use super::alphabet::Alphabet;
use super::lexicon::Lexicon;
use super::trie_builder::{DoubleArray, TrieBuilder};

/// What lies behind the beginning of a word.
#[derive(Clone, Copy, Default)]
pub(crate) struct Node {
    /// Where its children stand; 0 where it has none.
    pub(crate) base: u32,
    /// The place of its word's weight; 0 where no word ends here.
    pub(crate) word: u32,
}

impl Node {
    /// No word begins so.
    pub(crate) const NONE: Self = Self { base: 0, word: 0 };

    pub(crate) const fn has_children(self) -> bool {
        self.base != 0
    }

    pub(crate) const fn is_word(self) -> bool {
        self.word != 0
    }
}

/// The dictionary's words, each with its logarithmic probability.
pub(crate) struct Trie {
    alphabet: Alphabet,
    array: DoubleArray,
    /// By [`Node::word`]: words of like frequency share one. The first is no word's.
    weights: Vec<f64>,
    /// Of a character that is no word: as if it had been seen once.
    unseen: f64,
}

impl Trie {
    /// `None` where a dictionary has more characters than labels can tell apart.
    pub(crate) fn new(lexicon: &Lexicon) -> Option<Self> {
        let log_total = (lexicon.total() as f64).ln();
        let alphabet = Alphabet::new(lexicon.entries());
        let mut weights = vec![f64::NAN];
        let mut by_frequency = AHashMap::new();
        let mut words = Vec::new();
        for (word, frequency) in lexicon.entries() {
            let place = *by_frequency.entry(frequency).or_insert_with(|| {
                // In jieba-rs's order: the difference first, then the rest of the route.
                weights.push((frequency as f64).ln() - log_total);
                weights.len() as u32 - 1
            });
            words.push((word, place));
        }
        (alphabet.n_codes() <= u32::from(u16::MAX)).then(|| Self {
            array: TrieBuilder::new(&alphabet, &words).build(),
            alphabet,
            weights,
            unseen: 0.0 - log_total,
        })
    }

    #[inline]
    pub(crate) fn code(&self, character: char) -> u32 {
        self.alphabet.code(character)
    }

    /// The node of a character at a word's beginning.
    #[inline]
    pub(crate) fn root(&self, code: u32) -> Node {
        self.array.nodes[code as usize]
    }

    /// The node one character on; [`Node::NONE`] where no word goes on so.
    #[inline]
    pub(crate) fn child(&self, node: Node, code: u32) -> Node {
        let place = (node.base + code) as usize;
        let found = self.array.labels.get(place) == Some(&(code as u16));
        // A look-up at either place instead of a branch, which nobody could foretell.
        self.array.nodes[if found { place } else { 0 }]
    }

    /// Takes the word that ends at a node where it is as good as the best so far, or better.
    #[inline]
    pub(crate) fn improve(&self, best: &mut super::Step, node: Node, next: usize, route: &[super::Step]) {
        let weight = self.weights[node.word as usize] + route[next].weight;
        if weight >= best.weight {
            *best = super::Step { weight, end: next as u32 };
        }
    }

    /// That of a character that is no word.
    pub(crate) const fn unseen(&self) -> f64 {
        self.unseen
    }
}

//! The dictionary as a double array: every step from a word's beginning to a longer one is one look-up.
//!
//! A node's children stand at `base + code`, each labelled with its code; where the label is another, the place belongs
//! to another node. Bases differ, so the label alone tells. The root's base is 0: its children come first, without
//! labels.

use ahash::AHashMap;

use super::alphabet::{Alphabet, NO_CODE};
use super::lexicon::Lexicon;
use super::trie_builder::TrieBuilder;

/// What lies behind the beginning of a word, in 64 bits, so that it is chosen without a branch: its label (the code of its
/// last character), the place of its word's weight (0: no word ends here), and where its children stand (0: it has none).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node(u64);

const WORD_SHIFT: u32 = 32;
const LABEL_SHIFT: u32 = 48;

impl Node {
    /// No word begins so.
    pub(crate) const NONE: Self = Self::labelled(NO_CODE);

    pub(crate) const fn labelled(label: u16) -> Self {
        Self((label as u64) << LABEL_SHIFT)
    }

    pub(crate) fn set_word(&mut self, word: u16) {
        self.0 |= u64::from(word) << WORD_SHIFT;
    }

    pub(crate) fn set_base(&mut self, base: u32) {
        self.0 |= u64::from(base);
    }

    pub(crate) const fn has_children(self) -> bool {
        self.base() != 0
    }

    pub(crate) const fn is_word(self) -> bool {
        self.word() != 0
    }

    const fn base(self) -> u32 {
        self.0 as u32
    }

    const fn word(self) -> u16 {
        (self.0 >> WORD_SHIFT) as u16
    }

    const fn label(self) -> u16 {
        (self.0 >> LABEL_SHIFT) as u16
    }
}

/// The dictionary's words, each with its logarithmic probability.
pub(crate) struct Trie {
    alphabet: Alphabet,
    nodes: Vec<Node>,
    /// By [`Node`]: words of like frequency share one. The first is no word's.
    weights: Vec<f64>,
    /// Of a character that is no word: as if it had been seen once.
    unseen: f64,
}

impl Trie {
    /// `None` where a dictionary has more characters or frequencies than 16 bits can tell apart.
    pub(crate) fn new(lexicon: &Lexicon) -> Option<Self> {
        let log_total = (lexicon.total() as f64).ln();
        let alphabet = Alphabet::new(lexicon.entries())?;
        let mut weights = vec![f64::NAN];
        let mut by_frequency = AHashMap::new();
        let mut words = Vec::new();
        for (word, frequency) in lexicon.entries() {
            let place = *by_frequency.entry(frequency).or_insert_with(|| {
                // In jieba-rs's order: the difference first, then the rest of the route.
                weights.push((frequency as f64).ln() - log_total);
                weights.len() - 1
            });
            words.push((word, u16::try_from(place).ok()?));
        }
        Some(Self {
            nodes: TrieBuilder::new(&alphabet, &words).build(),
            alphabet,
            weights,
            unseen: 0.0 - log_total,
        })
    }

    #[inline]
    pub(crate) fn code(&self, character: char) -> u16 {
        self.alphabet.code(character)
    }

    /// The node of a character at a word's beginning.
    #[inline]
    pub(crate) fn root(&self, code: u16) -> Node {
        self.nodes[usize::from(code)]
    }

    /// The node one character on; [`Node::NONE`] where no word goes on so.
    #[inline]
    pub(crate) fn child(&self, node: Node, code: u16) -> Node {
        let place = (node.base() + u32::from(code)) as usize;
        let child = self.nodes.get(place).copied().unwrap_or(Node::NONE);
        if child.label() == code {
            child
        } else {
            Node::NONE
        }
    }

    /// The logarithmic probability of the word that ends at a node; no number where none does.
    #[inline]
    pub(crate) fn weight(&self, node: Node) -> f64 {
        self.weights[usize::from(node.word())]
    }

    /// That of a character that is no word.
    pub(crate) const fn unseen(&self) -> f64 {
        self.unseen
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, Trie};
    use crate::cut::lexicon::Lexicon;

    fn node(trie: &Trie, word: &str) -> Node {
        let mut codes = word.chars().map(|character| trie.code(character));
        let root = trie.root(codes.next().expect("a word"));
        codes.fold(root, |node, code| trie.child(node, code))
    }

    #[test]
    fn every_word_is_found_and_nothing_else() {
        let words = [
            "中",
            "中国",
            "中国人民",
            "国人",
            "A股",
            "𠀀𠀁",
            "γ射线",
            "中 国",
        ];
        let lexicon = Lexicon::of(&words.map(|word| (word, word.len())));
        let trie = Trie::new(&lexicon).expect("few words");
        let is_word = |word| node(&trie, word).is_word();
        assert!(
            ["中", "中国", "中国人民", "国人", "A股", "𠀀𠀁"]
                .into_iter()
                .all(is_word)
        );
        let others = [
            "国",
            "人",
            "中国人",
            "中国人民中",
            "国人民",
            "股",
            "a股",
            "𠀁",
            "鿿",
            "中鿿",
            "射线",
        ];
        assert!(!others.into_iter().any(is_word));
    }

    #[test]
    fn jiebas_words_have_their_own_weights() {
        let lexicon = Lexicon::jieba().expect("the build found jieba's dictionary");
        let trie = Trie::new(&lexicon).expect("it fits");
        let log_total = (lexicon.total() as f64).ln();
        for (word, frequency) in lexicon.entries().filter(|(word, _)| *word != "γ射线") {
            let expect = (frequency as f64).ln() - log_total;
            assert_eq!(
                trie.weight(node(&trie, word)).to_bits(),
                expect.to_bits(),
                "{word}"
            );
        }
    }

    #[test]
    fn a_dictionary_of_too_many_characters_is_refused() {
        let characters = ('\u{4e00}'..='\u{9fff}').chain('\u{20000}'..='\u{2ffff}');
        let words: Vec<String> = characters.map(String::from).collect();
        let words: Vec<(&str, usize)> = words.iter().map(|word| (word.as_str(), 1)).collect();
        assert!(Trie::new(&Lexicon::of(&words)).is_none());
    }
}

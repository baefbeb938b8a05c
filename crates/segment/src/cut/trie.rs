//! Stores the dictionary as a double array, in which one look-up leads from the beginning of a word to a longer one.

use ahash::AHashMap;

use super::alphabet::Alphabet;
use super::lexicon::Lexicon;
use super::node::Node;
use super::trie_builder::{TrieBuilder, WeightedWord};

/// The dictionary's words, each with its log probability.
///
/// The child of a node for a code is at index `base + code` of the array, and has the code as its label. If the label
/// differs, the child belongs to another node. No two nodes have the same base, so the label alone tells them apart.
/// The root's base is 0: its children come first, each at its code, and have no label.
pub(crate) struct Trie {
    alphabet: Alphabet,
    nodes: Vec<Node>,
    /// Log probabilities by [`Node::weight_index`]. Words of the same frequency share one. The first is NaN and
    /// stands for "no word".
    weights: Vec<f64>,
    /// The log probability of a character that is not a word of the dictionary, as if it had been seen once.
    unseen: f64,
}

impl Trie {
    /// Builds the array; `None` if the dictionary has more characters or frequencies than 16 bits can number.
    pub(crate) fn new(lexicon: &Lexicon) -> Option<Self> {
        let log_total = (lexicon.total() as f64).ln();
        let alphabet = Alphabet::new(lexicon)?;
        let mut weights = vec![f64::NAN];
        let mut by_frequency = AHashMap::new();
        let mut words = Vec::new();
        for word in lexicon.words() {
            let weight_index = *by_frequency.entry(word.frequency).or_insert_with(|| {
                // The difference is rounded before the rest of a path is added, as in jieba-rs.
                weights.push((word.frequency as f64).ln() - log_total);
                weights.len() - 1
            });
            words.push(WeightedWord {
                text: &word.text,
                weight_index: u16::try_from(weight_index).ok()?,
            });
        }
        Some(Self {
            nodes: TrieBuilder::new(&alphabet, &words).build(),
            alphabet,
            weights,
            unseen: 0.0 - log_total,
        })
    }

    /// The code of a character.
    #[inline]
    pub(crate) fn code(&self, character: char) -> u16 {
        self.alphabet.code(character)
    }

    /// The node of a word's first character.
    #[inline]
    pub(crate) fn root(&self, code: u16) -> Node {
        self.nodes[usize::from(code)]
    }

    /// The node of the beginning that is one character longer; [`Node::NONE`] if no word begins so.
    #[inline]
    pub(crate) fn child(&self, node: Node, code: u16) -> Node {
        let index = (node.base() + u32::from(code)) as usize;
        let child = self.nodes.get(index).copied().unwrap_or(Node::NONE);
        if child.label() == code {
            child
        } else {
            Node::NONE
        }
    }

    /// The log probability of the word that ends at a node; NaN if none does.
    #[inline]
    pub(crate) fn log_probability(&self, node: Node) -> f64 {
        self.weights[usize::from(node.weight_index())]
    }

    /// The log probability of a character that is not a word of the dictionary.
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
    fn jiebas_words_have_their_own_log_probabilities() {
        let lexicon = Lexicon::jieba().expect("the build found jieba's dictionary");
        let trie = Trie::new(&lexicon).expect("it fits");
        let log_total = (lexicon.total() as f64).ln();
        for word in lexicon.words().iter().filter(|word| word.text != "γ射线") {
            let expect = (word.frequency as f64).ln() - log_total;
            assert_eq!(
                trie.log_probability(node(&trie, &word.text)).to_bits(),
                expect.to_bits(),
                "{}",
                word.text
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

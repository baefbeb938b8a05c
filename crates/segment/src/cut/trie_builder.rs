//! Lays a dictionary out as a double array.

use super::alphabet::{Alphabet, BREAK};
use super::trie::Node;

/// Words as codes, and the array that is being filled.
pub(crate) struct TrieBuilder {
    codes: Vec<u16>,
    /// Each word's codes, and the place of its weight; in the order of the words.
    words: Vec<(std::ops::Range<u32>, u16)>,
    nodes: Vec<Node>,
    taken: Bits,
    bases: Bits,
    /// No cell before it is free.
    first_free: usize,
    last_fit: (usize, usize),
}

/// A node whose children have no place yet: its cell, and the words that go through it, from their `depth`th code.
struct Open {
    cell: usize,
    words: std::ops::Range<usize>,
    depth: usize,
    n_children: usize,
}

impl TrieBuilder {
    /// Words in their order, each once, with the place of its weight.
    pub(crate) fn new(alphabet: &Alphabet, words: &[(&str, u16)]) -> Self {
        let mut builder = Self {
            codes: Vec::new(),
            words: Vec::with_capacity(words.len()),
            nodes: vec![Node::NONE; alphabet.n_codes().into()],
            taken: Bits::default(),
            bases: Bits::default(),
            first_free: 0,
            last_fit: (0, 0),
        };
        (0..alphabet.n_codes() as usize).for_each(|root| builder.taken.insert(root));
        builder.bases.insert(0); // the root's
        for (word, weight) in words {
            let start = builder.codes.len();
            builder.codes.extend(word.chars().map(|c| alphabet.code(c)));
            // Such a word can stand in no run.
            if word.is_empty() || builder.codes[start..].contains(&BREAK) {
                builder.codes.truncate(start);
                continue;
            }
            let codes = start as u32..builder.codes.len() as u32;
            builder.words.push((codes, *weight));
        }
        builder
    }

    /// The array; the root's children come first.
    pub(crate) fn build(mut self) -> Vec<Node> {
        let mut level = Vec::new();
        for words in self.groups(0..self.words.len(), 0) {
            let code = self.code(words.start, 0);
            level.extend(self.enter(code as usize, words, 0));
        }
        while !level.is_empty() {
            // The large ones first: the small ones fill the gaps.
            level.sort_by_key(|open| std::cmp::Reverse(open.n_children));
            level = level.into_iter().flat_map(|open| self.place(&open)).collect();
        }
        self.nodes
    }

    /// Words with the same code at a depth that all of them have.
    fn groups(&self, words: std::ops::Range<usize>, depth: usize) -> Vec<std::ops::Range<usize>> {
        let mut groups: Vec<std::ops::Range<usize>> = Vec::new();
        for word in words {
            match groups.last_mut() {
                Some(group) if self.code(group.start, depth) == self.code(word, depth) => {
                    group.end = word + 1;
                }
                _ => groups.push(word..word + 1),
            }
        }
        groups
    }

    fn code(&self, word: usize, depth: usize) -> u16 {
        self.codes[self.words[word].0.start as usize + depth]
    }

    /// Notes the word that ends at a cell; what goes on behind it waits for a place.
    fn enter(&mut self, cell: usize, mut words: std::ops::Range<usize>, depth: usize) -> Option<Open> {
        let (first, weight) = &self.words[words.start];
        if first.len() == depth + 1 {
            self.nodes[cell].set_word(*weight);
            words.start += 1; // the shortest comes first
        }
        let n_children = self.groups(words.clone(), depth + 1).len();
        (n_children > 0).then_some(Open {
            cell,
            words,
            depth: depth + 1,
            n_children,
        })
    }

    /// Gives the children of a node their cells.
    fn place(&mut self, open: &Open) -> Vec<Open> {
        let groups = self.groups(open.words.clone(), open.depth);
        let codes: Vec<u16> = groups
            .iter()
            .map(|group| self.code(group.start, open.depth))
            .collect();
        let base = self.free_base(&codes);
        self.nodes[open.cell].set_base(base as u32);
        self.bases.insert(base);
        let mut behind = Vec::new();
        for (code, words) in codes.iter().zip(groups) {
            let cell = base + *code as usize;
            self.nodes.resize(self.nodes.len().max(cell + 1), Node::NONE);
            self.nodes[cell] = Node::labelled(*code);
            self.taken.insert(cell);
            behind.extend(self.enter(cell, words, open.depth));
        }
        behind
    }

    /// The lowest base that no other node has, with free cells for all codes.
    fn free_base(&mut self, codes: &[u16]) -> usize {
        while self.taken.contains(self.first_free) {
            self.first_free += 1;
        }
        let lowest = codes.iter().copied().min().unwrap_or_default() as usize;
        let mut first = self.first_free;
        if self.last_fit.0 == codes.len() { first = first.max(self.last_fit.1); }
        let first = first.saturating_sub(lowest);
        for start in (first..).step_by(BLOCK) {
            let mut unfit = self.bases.block(start);
            for code in codes {
                unfit |= self.taken.block(start + *code as usize);
                if unfit == u64::MAX {
                    break;
                }
            }
            if unfit != u64::MAX {
                self.last_fit = (codes.len(), start + lowest);
                return start + unfit.trailing_ones() as usize;
            }
        }
        unreachable!("there is room behind")
    }
}

/// A set of numbers, as bits.
#[derive(Default)]
struct Bits(Vec<u64>);

const BLOCK: usize = u64::BITS as usize;

impl Bits {
    fn insert(&mut self, number: usize) {
        let block = number / BLOCK;
        if self.0.len() <= block {
            self.0.resize(block + 1, 0);
        }
        self.0[block] |= 1 << (number % BLOCK);
    }

    fn contains(&self, number: usize) -> bool {
        self.block(number) & 1 == 1
    }

    /// Which of the 64 numbers from `start` on are in the set.
    fn block(&self, start: usize) -> u64 {
        let at = |block: usize| self.0.get(block).copied().unwrap_or(0);
        let (block, shift) = (start / BLOCK, start % BLOCK);
        let low = at(block) >> shift;
        if shift == 0 { low } else { low | at(block + 1) << (BLOCK - shift) }
    }
}

//! Lays a dictionary out as a double array.

use std::cmp::Reverse;
use std::ops::Range;

use super::alphabet::{Alphabet, BREAK};
use super::trie::Node;

/// Words as codes, and the array that is being filled.
pub(crate) struct TrieBuilder {
    codes: Vec<u16>,
    /// Each word's codes, and the place of its weight; in the order of the words.
    words: Vec<(Range<u32>, u16)>,
    nodes: Vec<Node>,
    taken: Bits,
    bases: Bits,
    /// No place before it is free.
    first_free: usize,
    /// How many children were placed last, and where the first of them could be.
    last: (usize, usize),
}

/// A node whose children have no place yet: its own, and the words that go through it, from their `depth`th code on.
struct Open {
    place: usize,
    words: Range<usize>,
    depth: usize,
    n_children: usize,
}

impl TrieBuilder {
    /// Words in their order, each once, with the place of its weight.
    pub(crate) fn new(alphabet: &Alphabet, words: &[(&str, u16)]) -> Self {
        let n_codes = usize::from(alphabet.n_codes());
        let mut builder = Self {
            codes: Vec::new(),
            words: Vec::with_capacity(words.len()),
            nodes: vec![Node::NONE; n_codes],
            taken: Bits::default(),
            bases: Bits::default(),
            first_free: n_codes,
            last: (0, 0),
        };
        (0..n_codes).for_each(|place| builder.taken.insert(place));
        builder.bases.insert(0); // the root's
        for (word, weight) in words {
            let start = builder.codes.len();
            builder.codes.extend(word.chars().map(|c| alphabet.code(c)));
            if word.is_empty() || builder.codes[start..].contains(&BREAK) {
                builder.codes.truncate(start); // such a word stands in no run
                continue;
            }
            let codes = start as u32..builder.codes.len() as u32;
            builder.words.push((codes, *weight));
        }
        builder
    }

    /// The nodes; the root's children come first, each at its code.
    pub(crate) fn build(mut self) -> Vec<Node> {
        let mut level = Vec::new();
        for words in self.groups(0..self.words.len(), 0) {
            let place = usize::from(self.code(words.start, 0));
            level.extend(self.enter(place, words, 0));
        }
        while !level.is_empty() {
            // The large ones first: the small ones fill the gaps.
            level.sort_by_key(|open| Reverse(open.n_children));
            let next = level.into_iter().flat_map(|open| self.place(&open));
            level = next.collect();
        }
        self.nodes
    }

    /// Words by their code at a depth that all of them have.
    fn groups(&self, words: Range<usize>, depth: usize) -> Vec<Range<usize>> {
        let mut groups: Vec<Range<usize>> = Vec::new();
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

    /// Notes the word that ends at a node; what goes on behind it is still to be placed.
    fn enter(&mut self, place: usize, mut words: Range<usize>, depth: usize) -> Option<Open> {
        let (codes, weight) = &self.words[words.start];
        if codes.len() == depth + 1 {
            self.nodes[place].set_word(*weight);
            words.start += 1; // the shortest comes first
        }
        let n_children = self.groups(words.clone(), depth + 1).len();
        (n_children > 0).then_some(Open {
            place,
            words,
            depth: depth + 1,
            n_children,
        })
    }

    /// Gives the children of a node their places; returns those that have children themselves.
    fn place(&mut self, open: &Open) -> Vec<Open> {
        let groups = self.groups(open.words.clone(), open.depth);
        let codes = groups
            .iter()
            .map(|group| self.code(group.start, open.depth));
        let codes: Vec<u16> = codes.collect();
        let base = self.free_base(&codes);
        self.bases.insert(base);
        self.nodes[open.place].set_base(base as u32);
        let mut behind = Vec::new();
        for (code, words) in codes.iter().zip(groups) {
            let place = base + usize::from(*code);
            let n_places = self.nodes.len().max(place + 1);
            self.nodes.resize(n_places, Node::NONE);
            self.nodes[place] = Node::labelled(*code);
            self.taken.insert(place);
            behind.extend(self.enter(place, words, open.depth));
        }
        behind
    }

    /// A base that no other node has, with free places for all codes.
    fn free_base(&mut self, codes: &[u16]) -> usize {
        while self.taken.contains(self.first_free) {
            self.first_free += 1;
        }
        // As many children found no room before the place of the last: to try there again would take long.
        let (n_before, fitted) = self.last;
        let n_same = codes.len() == n_before;
        let first = if n_same {
            fitted.max(self.first_free)
        } else {
            self.first_free
        };
        let lowest = usize::from(codes.iter().copied().min().unwrap_or_default());
        let starts = (first.saturating_sub(lowest)..).step_by(BLOCK);
        let (start, unfit) = starts
            .map(|start| (start, self.unfit(start, codes)))
            .find(|(_, unfit)| *unfit != u64::MAX)
            .expect("there is room behind");
        self.last = (codes.len(), start + lowest);
        start + unfit.trailing_ones() as usize
    }

    /// Which of the 64 bases from `start` on are another's, or have another's node at one of the codes.
    fn unfit(&self, start: usize, codes: &[u16]) -> u64 {
        let mut unfit = self.bases.block(start);
        for code in codes {
            unfit |= self.taken.block(start + usize::from(*code));
            if unfit == u64::MAX {
                break;
            }
        }
        unfit
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
        match shift {
            0 => at(block),
            _ => at(block) >> shift | at(block + 1) << (BLOCK - shift),
        }
    }
}

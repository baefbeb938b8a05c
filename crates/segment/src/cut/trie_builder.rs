//! Builds the double array of a dictionary.

use std::cmp::Reverse;
use std::ops::Range;

use super::alphabet::{Alphabet, BREAK};
use super::node::Node;

/// A word, and the index of its log probability.
pub(crate) struct WeightedWord<'w> {
    pub(crate) text: &'w str,
    pub(crate) weight_index: u16,
}

/// The words as codes, and the array that is being filled. A slot is an index of the array.
pub(crate) struct TrieBuilder {
    /// The codes of all words, one word after the other.
    codes: Vec<u16>,
    /// The words, sorted.
    words: Vec<CodedWord>,
    nodes: Vec<Node>,
    /// Slots that hold a node.
    taken: Bits,
    /// Bases that are in use.
    bases: Bits,
    /// No slot before this one is free.
    first_free: usize,
    /// The children that were placed last.
    last: Siblings,
}

struct CodedWord {
    /// Where the word's codes are in [`TrieBuilder::codes`].
    codes: Range<u32>,
    weight_index: u16,
}

#[derive(Default)]
struct Siblings {
    n_children: usize,
    /// The slot of the child with the lowest code, or one before it.
    lowest_slot: usize,
}

/// A node whose children have no slots yet.
struct Open {
    slot: usize,
    /// The words that begin with the node's codes and are longer, as indices.
    words: Range<usize>,
    /// The number of the node's codes.
    depth: usize,
    n_children: usize,
}

impl TrieBuilder {
    /// Makes a builder for words that are sorted and all different.
    pub(crate) fn new(alphabet: &Alphabet, words: &[WeightedWord<'_>]) -> Self {
        let n_codes = usize::from(alphabet.n_codes());
        let mut builder = Self {
            codes: Vec::new(),
            words: Vec::with_capacity(words.len()),
            nodes: vec![Node::NONE; n_codes],
            taken: Bits::default(),
            bases: Bits::default(),
            first_free: n_codes,
            last: Siblings::default(),
        };
        (0..n_codes).for_each(|slot| builder.taken.insert(slot));
        builder.bases.insert(0); // the root's
        for word in words {
            let start = builder.codes.len();
            let codes = word.text.chars().map(|c| alphabet.code(c));
            builder.codes.extend(codes);
            if word.text.is_empty() || builder.codes[start..].contains(&BREAK) {
                builder.codes.truncate(start); // no run has such a word
                continue;
            }
            builder.words.push(CodedWord {
                codes: start as u32..builder.codes.len() as u32,
                weight_index: word.weight_index,
            });
        }
        builder
    }

    /// Gives every node a slot and returns the array. The root's children come first, each at its code.
    pub(crate) fn build(mut self) -> Vec<Node> {
        let mut level = Vec::new();
        for words in self.groups(0..self.words.len(), 0) {
            let slot = usize::from(self.code(words.start, 0));
            level.extend(self.enter(slot, words, 1));
        }
        while !level.is_empty() {
            // Nodes with many children come first. Those with few fill the gaps that are left.
            level.sort_by_key(|open| Reverse(open.n_children));
            let next = level
                .into_iter()
                .flat_map(|open| self.place_children(&open));
            level = next.collect();
        }
        self.nodes
    }

    /// Divides words by their code at index `depth`, which all of them have.
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
        self.codes[self.words[word].codes.start as usize + depth]
    }

    /// Enters the word that ends at a node of `depth` codes; returns the node if it has children.
    fn enter(&mut self, slot: usize, mut words: Range<usize>, depth: usize) -> Option<Open> {
        let first = &self.words[words.start]; // the shortest
        if first.codes.len() == depth {
            self.nodes[slot].set_weight_index(first.weight_index);
            words.start += 1;
        }
        let n_children = self.groups(words.clone(), depth).len();
        (n_children > 0).then_some(Open {
            slot,
            words,
            depth,
            n_children,
        })
    }

    /// Gives the children of a node their slots; returns those that have children themselves.
    fn place_children(&mut self, open: &Open) -> Vec<Open> {
        let groups = self.groups(open.words.clone(), open.depth);
        let codes = groups
            .iter()
            .map(|group| self.code(group.start, open.depth));
        let codes: Vec<u16> = codes.collect();
        let base = self.free_base(&codes);
        self.bases.insert(base);
        self.nodes[open.slot].set_base(base as u32);
        let mut parents = Vec::new();
        for (code, words) in codes.iter().zip(groups) {
            let slot = base + usize::from(*code);
            let n_slots = self.nodes.len().max(slot + 1);
            self.nodes.resize(n_slots, Node::NONE);
            self.nodes[slot] = Node::labelled(*code);
            self.taken.insert(slot);
            parents.extend(self.enter(slot, words, open.depth + 1));
        }
        parents
    }

    /// A base that no other node has, with free slots for all codes.
    fn free_base(&mut self, codes: &[u16]) -> usize {
        while self.taken.contains(self.first_free) {
            self.first_free += 1;
        }
        // If the children placed last were as many, there was no room before them. Searching there again would take long.
        let first = if codes.len() == self.last.n_children {
            self.last.lowest_slot.max(self.first_free)
        } else {
            self.first_free
        };
        let lowest = usize::from(codes.iter().copied().min().unwrap_or_default());
        let starts = (first.saturating_sub(lowest)..).step_by(BLOCK);
        let (start, unfit) = starts
            .map(|start| (start, self.unfit(start, codes)))
            .find(|(_, unfit)| *unfit != u64::MAX)
            .expect("slots behind the last node are free");
        self.last = Siblings {
            n_children: codes.len(),
            lowest_slot: start + lowest,
        };
        start + unfit.trailing_ones() as usize
    }

    /// Which of the 64 bases from `start` on cannot be used, because another node has the base or one of the slots is
    /// taken.
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

/// A set of numbers, stored as bits.
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

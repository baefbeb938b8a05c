//! Defines a node of the dictionary's double array.

use super::alphabet::NO_CODE;

/// What is known about the beginning of a word, in 64 bits, so that a node can be selected without a branch.
///
/// - label, 16 bits: the code of the beginning's last character;
/// - weight, 16 bits: index of the log probability of the word that ends here, or 0 if none does;
/// - base, 32 bits: where the children are (see [`super::trie::Trie`]), or 0 if there are none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node(u64);

const WEIGHT_SHIFT: u32 = 32;
const LABEL_SHIFT: u32 = 48;

impl Node {
    /// The node of what is not the beginning of any word.
    pub(crate) const NONE: Self = Self::labelled(NO_CODE);

    pub(crate) const fn labelled(label: u16) -> Self {
        Self((label as u64) << LABEL_SHIFT)
    }

    pub(crate) fn set_weight_index(&mut self, weight_index: u16) {
        self.0 |= u64::from(weight_index) << WEIGHT_SHIFT;
    }

    pub(crate) fn set_base(&mut self, base: u32) {
        self.0 |= u64::from(base);
    }

    pub(crate) const fn has_children(self) -> bool {
        self.base() != 0
    }

    pub(crate) const fn is_word(self) -> bool {
        self.weight_index() != 0
    }

    pub(crate) const fn base(self) -> u32 {
        self.0 as u32
    }

    pub(crate) const fn weight_index(self) -> u16 {
        (self.0 >> WEIGHT_SHIFT) as u16
    }

    pub(crate) const fn label(self) -> u16 {
        (self.0 >> LABEL_SHIFT) as u16
    }
}

//! An example as the model takes it, with its label.

use std::ops::Range;

use crate::inputs::texts::Encoded;

/// An example: a text, a pair, a window of a context, or a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    /// The pieces.
    pub(crate) input: Encoded,
    /// What is learned.
    pub(crate) label: Label,
}

/// What is learned from an example. Positions count from `[CLS]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// The id of a label.
    Class(usize),
    /// The first and the last position of an answer; 0 and 0 if the window has none.
    Span {
        /// The two positions.
        answer: [usize; 2],
        /// The positions of the context.
        context: Range<usize>,
    },
    /// A tag for each position.
    Tags {
        /// The positions of first pieces of characters.
        positions: Vec<usize>,
        /// The indices of these characters in the sentence.
        characters: Vec<usize>,
        /// The id of the tag of each.
        tags: Vec<usize>,
    },
    /// A piece for each position.
    Pieces {
        /// The positions of characters.
        positions: Vec<usize>,
        /// The indices of these characters in the source.
        characters: Vec<usize>,
        /// The right piece of each.
        pieces: Vec<u32>,
        /// Whether the character is wrong in the source.
        wrong: Vec<bool>,
    },
}

impl Example {
    /// The number of pieces.
    pub(crate) fn n_pieces(&self) -> usize {
        self.input.input_ids.len()
    }

    /// The number of labels: a step's loss is divided by their sum.
    pub(crate) fn n_labels(&self) -> u64 {
        match &self.label {
            Label::Class(_) | Label::Span { .. } => 1,
            Label::Tags { positions, .. } | Label::Pieces { positions, .. } => {
                positions.len() as u64
            }
        }
    }

    /// The positions that a head for single positions reads; none for other heads.
    pub(crate) fn positions(&self) -> &[usize] {
        match &self.label {
            Label::Class(_) | Label::Span { .. } => &[],
            Label::Tags { positions, .. } | Label::Pieces { positions, .. } => positions,
        }
    }

    /// The indices of the characters at [`Self::positions`].
    pub(crate) fn characters(&self) -> &[usize] {
        match &self.label {
            Label::Class(_) | Label::Span { .. } => &[],
            Label::Tags { characters, .. } | Label::Pieces { characters, .. } => characters,
        }
    }
}

//! The words of a table before they are laid out as bytes.

use segment::PieceId;

/// A word to be laid out.
pub(crate) struct TableWord {
    pub ids: Vec<PieceId>,
    pub text: String,
    /// How often a corpus has it; 0 if this is not known.
    pub count: u64,
    /// Best first.
    pub candidates: Vec<TableCandidate>,
}

/// A candidate to be laid out.
pub(crate) struct TableCandidate {
    /// Index of its word in the sorted list of words.
    pub word_index: u32,
    pub score: f32,
    pub weight: f32,
}

//! Cuts a context into overlapping windows that fit into the model beside the question.
//!
//! Programs mean two things by `stride`. In transformers it is the *overlap* of two windows. In Google's programs, and in those of
//! MacBERT's authors, it is the *advance* from one window to the next.

use serde::{Deserialize, Serialize};

/// What `stride` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrideMeaning {
    /// Pieces that two neighbouring windows share, as in transformers.
    #[default]
    Overlap,
    /// Pieces from the start of a window to the start of the next, as in the programs of Google and MacBERT's authors.
    Advance,
}

/// How contexts are cut into windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOptions {
    /// The length of a window in pieces: `[CLS]`, question, `[SEP]`, context, `[SEP]`.
    pub max_length: usize,
    /// Pieces that neighbouring windows share, or the advance between them.
    pub stride: usize,
    /// What `stride` counts.
    pub meaning: StrideMeaning,
    /// Pieces of a question that are kept; `None` keeps all.
    pub max_question: Option<usize>,
}

/// The context pieces of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowRange {
    /// The index of the first piece in the context.
    pub first: usize,
    /// The number of pieces.
    pub n_pieces: usize,
}

/// Why a context cannot be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a question of {question} pieces leaves {room} of {max_length} for the context, too few for a stride of {stride}; set a lower stride, or max_question"
)]
pub struct WindowError {
    /// Pieces of the question.
    pub question: usize,
    /// Pieces that remain for the context.
    pub room: usize,
    /// The length of a window.
    pub max_length: usize,
    /// The stride.
    pub stride: usize,
}

/// `[CLS]` and two `[SEP]`.
const N_SPECIALS: usize = 3;

impl WindowOptions {
    /// Returns the number of pieces of a question that are kept.
    pub fn kept_question(&self, n_question: usize) -> usize {
        n_question.min(self.max_question.unwrap_or(usize::MAX))
    }

    /// Cuts a context into windows. The last window ends with the context; the others are full. A context without pieces has one
    /// window.
    pub fn cut(
        &self,
        n_question: usize,
        n_context: usize,
    ) -> Result<Vec<WindowRange>, WindowError> {
        let question = self.kept_question(n_question);
        let room = self.max_length.saturating_sub(question + N_SPECIALS);
        let advance = match self.meaning {
            StrideMeaning::Overlap => room.saturating_sub(self.stride),
            StrideMeaning::Advance => self.stride.min(room),
        };
        if advance == 0 {
            return Err(WindowError {
                question,
                room,
                max_length: self.max_length,
                stride: self.stride,
            });
        }
        let n_windows = 1 + n_context.saturating_sub(room).div_ceil(advance);
        let starts = (0..n_windows).map(|index| index * advance);
        let range = |first| WindowRange {
            first,
            n_pieces: room.min(n_context - first),
        };
        Ok(starts.map(range).collect())
    }
}

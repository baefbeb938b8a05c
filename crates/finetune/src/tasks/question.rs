//! A question with the windows of its context.

use segment::ByteSpan;

use crate::data::questions::Question;
use crate::spans::features::Window;

/// A question with the windows of its context.
pub(crate) struct QuestionWindows {
    pub(crate) question: Question,
    /// The bytes of the context's pieces.
    pub(crate) spans: Vec<ByteSpan>,
    /// The windows. Their inputs are the examples.
    pub(crate) windows: Vec<Window>,
}

/// The logits of start and end of a window.
pub(crate) struct SpanLogits {
    pub(crate) start: Vec<f32>,
    pub(crate) end: Vec<f32>,
}

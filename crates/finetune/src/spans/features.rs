//! The windows of a question: model inputs, and where the answer is in each.

use std::ops::Range;

use segment::{ByteSpan, PieceTokenizer};

use crate::inputs::texts::{Encoded, PairSpecials};
use crate::spans::windows::{WindowError, WindowOptions, WindowRange};

/// A question and its context as pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanPieces {
    question: Vec<u32>,
    context: Vec<u32>,
    /// The bytes of each context piece.
    spans: Vec<ByteSpan>,
}

/// What an input of the model has of a context. The input is `[CLS]`, question, `[SEP]`, a part of the context, `[SEP]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The position of the first context piece in the input.
    pub context_at: usize,
    /// Which pieces of the context the input has.
    pub range: WindowRange,
}

impl SpanPieces {
    /// Turns question and context into pieces.
    pub fn new(tokenizer: &PieceTokenizer, question: &str, context: &str) -> Self {
        let question = tokenizer.pieces(question).into_iter();
        let pieces = tokenizer.pieces(context);
        Self {
            question: question.map(|piece| piece.id.get()).collect(),
            context: pieces.iter().map(|piece| piece.id.get()).collect(),
            spans: pieces.iter().map(|piece| piece.span).collect(),
        }
    }

    /// Returns the number of pieces of the question.
    pub fn n_question(&self) -> usize {
        self.question.len()
    }

    /// Returns the bytes of each context piece in the context.
    pub fn spans(&self) -> &[ByteSpan] {
        &self.spans
    }

    /// Cuts the context into windows, each with its input of the model.
    pub fn windows(
        &self,
        options: &WindowOptions,
        specials: PairSpecials,
    ) -> Result<Vec<(Encoded, Window)>, WindowError> {
        let question = &self.question[..options.kept_question(self.question.len())];
        let ranges = options.cut(self.question.len(), self.context.len())?;
        let window = |range: WindowRange| {
            let mut input_ids = vec![specials.cls];
            input_ids.extend(question);
            input_ids.push(specials.sep);
            let context_at = input_ids.len();
            input_ids.extend(&self.context[range.first..range.first + range.n_pieces]);
            input_ids.push(specials.sep);
            let input = Encoded {
                input_ids,
                n_first: context_at,
                n_cut: 0,
            };
            (input, Window { context_at, range })
        };
        Ok(ranges.into_iter().map(window).collect())
    }

    /// Finds the positions of an answer's first and last piece in a window: the last piece that begins at or before the answer, and
    /// the first that ends at or behind it. Returns `[0, 0]`, the position of `[CLS]`, if the window does not have the whole
    /// answer.
    pub fn answer_in(&self, window: &Window, answer: ByteSpan) -> [usize; 2] {
        let WindowRange { first, n_pieces } = window.range;
        let spans = &self.spans[first..first + n_pieces];
        let is_whole = |first: &ByteSpan, last: &ByteSpan| {
            first.start <= answer.start && last.end >= answer.end
        };
        if !spans
            .first()
            .zip(spans.last())
            .is_some_and(|(a, b)| is_whole(a, b))
        {
            return [0, 0];
        }
        let begun = spans
            .iter()
            .filter(|span| span.start <= answer.start)
            .count();
        let not_ended = spans.iter().filter(|span| span.end < answer.end).count();
        [begun - 1, not_ended].map(|piece| window.context_at + piece)
    }
}

impl Window {
    /// Returns the positions of the context.
    pub fn context(&self) -> Range<usize> {
        self.context_at..self.context_at + self.range.n_pieces
    }
}

/// Whether an answer may begin or end at a position in the variant of MacBERT's authors: at `[CLS]` and in the context.
pub(crate) fn is_unmasked(context: &Range<usize>, position: usize) -> bool {
    position == 0 || context.contains(&position)
}

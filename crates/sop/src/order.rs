//! Draws where the boundary between the texts of an example is, and which text comes first.

use rand::{Rng, RngExt as _};

use crate::example::Example;
use crate::text::Text;

/// The boundary between text A and text B, which follows a sentence of the example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Boundary {
    /// The index of the sentence before the boundary.
    pub(crate) sentence: usize,
}

impl Boundary {
    /// The texts before and behind the boundary.
    pub(crate) fn texts(self, example: &Example) -> [Text<'_>; 2] {
        let unit = example.sentence_ends()[self.sentence] as usize;
        [
            Text::new(example, 0..unit),
            Text::new(example, unit..example.unit_ends().len()),
        ]
    }
}

/// Draws the boundary between texts A and B, uniformly from the sentence boundaries inside the example (\[B\]:
/// `a_end`). It is drawn anew in every epoch \[P\]. `None` if the example has one sentence.
pub(crate) fn draw_boundary(example: &Example, rng: &mut impl Rng) -> Option<Boundary> {
    match example.sentence_ends().len() {
        0 | 1 => None,
        n => Some(Boundary {
            sentence: rng.random_range(0..n - 1),
        }),
    }
}

/// Whether the order of the texts at a boundary can be asked for: both end where a sentence of the document ends. If one
/// ends inside a sentence that was cut, its missing end mark would reveal the order (method §3.3).
pub(crate) fn has_order(example: &Example, boundary: Boundary) -> bool {
    example.has_end(boundary.sentence) && example.has_end(example.sentence_ends().len() - 1)
}

/// Draws whether B comes before A, with probability ½ (\[A\], \[M\]: sentence-order prediction).
pub(crate) fn draw_swap(rng: &mut impl Rng) -> bool {
    rng.random_bool(0.5)
}

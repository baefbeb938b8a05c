//! Draws where the boundary between the texts of an example is, and which text comes first.

use rand::{Rng, RngExt as _};

use crate::example::Example;
use crate::text::Text;

/// Draws the boundary between texts A and B, uniformly from the sentence boundaries inside the example (\[B\]:
/// `a_end`). It is drawn anew in every epoch \[P\].
pub(crate) fn draw_boundary<'e>(example: &'e Example, rng: &mut impl Rng) -> [Text<'e>; 2] {
    let ends = example.sentence_ends();
    let n_units = example.unit_ends().len();
    let boundary = match ends.len() {
        0 | 1 => n_units,
        n => ends[rng.random_range(0..n - 1)] as usize,
    };
    [
        Text::new(example, 0..boundary),
        Text::new(example, boundary..n_units),
    ]
}

/// Draws whether B comes before A, with probability ½ (\[A\], \[M\]: sentence-order prediction).
pub(crate) fn draw_swap(rng: &mut impl Rng) -> bool {
    rng.random_bool(0.5)
}

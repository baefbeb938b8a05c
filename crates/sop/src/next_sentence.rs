//! Next-sentence prediction: B from another document, and how a pair that is too long shrinks.

use rand::{Rng, RngExt as _};

use crate::example::Example;
use crate::order::Text;

/// Whether B is taken from another document: probability ½ ([B]: `random.random() < 0.5`).
pub(crate) fn draw_other(rng: &mut impl Rng) -> bool {
    rng.random_bool(0.5)
}

/// Takes units from the longer text, front or back with probability ½ each, until both fit into `limit` pieces
/// ([B]: `truncate_seq_pair`; never cutting a unit, and leaving each text one unit [P]).
pub(crate) fn shrink(
    (a, a_text): (&Example, &mut Text),
    (b, b_text): (&Example, &mut Text),
    limit: usize,
    rng: &mut impl Rng,
) {
    loop {
        let (a_length, b_length) = (a_text.pieces(a).len(), b_text.pieces(b).len());
        if a_length + b_length <= limit {
            return;
        }
        let a_is_longer = a_length > b_length && a_text.units.len() > 1 || b_text.units.len() <= 1;
        let longer = if a_is_longer {
            &mut *a_text
        } else {
            &mut *b_text
        };
        if longer.units.len() <= 1 {
            return;
        }
        if rng.random_bool(0.5) {
            longer.units.start += 1;
        } else {
            longer.units.end -= 1;
        }
    }
}

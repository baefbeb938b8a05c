//! Next-sentence prediction: B from another document, and how a pair that is too long shrinks.

use rand::{Rng, RngExt as _};

use crate::example::Example;
use crate::order::Text;

/// Whether B is taken from another document: probability ½ (\[B\]: `random.random() < 0.5`).
pub(crate) fn draw_other(rng: &mut impl Rng) -> bool {
    rng.random_bool(0.5)
}

/// Takes units from the longer text, front or back with probability ½ each, until both fit into `limit` pieces
/// (method §3.4; \[B\]: `truncate_seq_pair`; never cutting a unit, and leaving each text one unit \[P\]). Whether they fit:
/// two texts of one unit each may not.
pub(crate) fn shrink(
    (a, a_text): (&Example, &mut Text),
    (b, b_text): (&Example, &mut Text),
    limit: usize,
    rng: &mut impl Rng,
) -> bool {
    loop {
        let (a_length, b_length) = (a_text.pieces(a).len(), b_text.pieces(b).len());
        if a_length + b_length <= limit {
            return true;
        }
        let a_is_longer = a_length > b_length && a_text.units.len() > 1 || b_text.units.len() <= 1;
        let longer = if a_is_longer {
            &mut *a_text
        } else {
            &mut *b_text
        };
        if longer.units.len() <= 1 {
            return false;
        }
        if rng.random_bool(0.5) {
            longer.units.start += 1;
        } else {
            longer.units.end -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rand::SeedableRng as _;
    use segment::{ByteSpan, PieceId};

    use super::shrink;
    use crate::example::{Example, ExampleSource};
    use crate::key::ExampleKey;
    use crate::order::Text;
    use repro::Generator;

    /// An example of one sentence of units of so many pieces.
    fn example(units: &[u32]) -> Example {
        let ends: Vec<u32> = units
            .iter()
            .scan(0, |end, n_pieces| {
                *end += n_pieces;
                Some(*end)
            })
            .collect();
        let pieces = (0..ends[ends.len() - 1]).map(PieceId::new).collect();
        let source = ExampleSource {
            path: Arc::from("a.txt"),
            record: 0,
            text: ByteSpan::new(0, 1),
        };
        let n_units = units.len() as u32;
        Example::new(ExampleKey::from_raw(1), source, pieces, ends, vec![n_units]).expect("whole")
    }

    /// What is left of two texts of these units, and whether they fit.
    fn shrunk(a: &[u32], b: &[u32], limit: usize, seed: u64) -> (Text, Text, bool) {
        let whole = |units: &[u32]| Text {
            units: 0..units.len(),
        };
        let (mut a_text, mut b_text) = (whole(a), whole(b));
        let fits = shrink(
            (&example(a), &mut a_text),
            (&example(b), &mut b_text),
            limit,
            &mut Generator::seed_from_u64(seed),
        );
        (a_text, b_text, fits)
    }

    #[test]
    fn the_longer_text_is_shortened() {
        let (long, short) = ([1; 12], [2; 3]);
        for seed in 0..50 {
            let (a, b, fits) = shrunk(&long, &short, 13, seed);
            assert_eq!((a.units.len(), b.units, fits), (7, 0..3, true));
            let (a, b, fits) = shrunk(&short, &long, 13, seed);
            assert_eq!((a.units, b.units.len(), fits), (0..3, 7, true));
        }
    }

    #[test]
    fn front_and_back_are_as_likely() {
        const N: u64 = 2000;
        let from_front: usize = (0..N)
            .map(|seed| shrunk(&[1; 12], &[1; 3], 9, seed).0.units.start)
            .sum();
        // Six units go, each from the front with probability ½: 6 N draws of standard deviation ½.
        let (expected, error) = (3.0 * N as f64, (6.0 * N as f64).sqrt() / 2.0);
        assert!(
            (from_front as f64 - expected).abs() < 3.0 * error,
            "{from_front}"
        );
    }

    #[test]
    fn a_text_of_one_unit_is_left_and_the_other_shortened() {
        let (a, b, fits) = shrunk(&[9], &[1; 8], 12, 1);
        assert_eq!((a.units, b.units.len(), fits), (0..1, 3, true));
        let (a, b, fits) = shrunk(&[9], &[7], 12, 1);
        assert_eq!((a.units, b.units, fits), (0..1, 0..1, false));
    }
}

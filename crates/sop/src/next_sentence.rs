//! Next-sentence prediction: draws whether B comes from another document, and shortens a pair that is too long.

use rand::{Rng, RngExt as _};

use crate::text::Text;

/// Draws whether B is taken from another document, with probability ½ (\[B\]: `random.random() < 0.5`).
pub(crate) fn draw_other(rng: &mut impl Rng) -> bool {
    rng.random_bool(0.5)
}

/// Removes units from the longer text until both together have at most `limit` pieces (method §3.4).
///
/// Each unit is removed from the front or the back with probability ½ (\[B\]: `truncate_seq_pair`). No unit is cut,
/// and each text keeps at least one \[P\]. Returns whether the texts fit: two texts of one long unit each may not.
pub(crate) fn shrink<'e>(
    a: &mut Text<'e>,
    b: &mut Text<'e>,
    limit: usize,
    rng: &mut impl Rng,
) -> bool {
    loop {
        let (a_length, b_length) = (a.n_pieces(), b.n_pieces());
        if a_length + b_length <= limit {
            return true;
        }
        let a_shrinks = a_length > b_length && a.n_units() > 1 || b.n_units() <= 1;
        let longer = if a_shrinks { &mut *a } else { &mut *b };
        if longer.n_units() <= 1 {
            return false;
        }
        if rng.random_bool(0.5) {
            longer.remove_first_unit();
        } else {
            longer.remove_last_unit();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::Arc;

    use rand::SeedableRng as _;
    use repro::Generator;
    use segment::{ByteSpan, PieceId};

    use super::shrink;
    use crate::example::{Example, ExampleSource};
    use crate::key::ExampleKey;
    use crate::text::Text;

    /// An example of one sentence; `units` has the number of pieces of each unit.
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

    /// The units that are left of two texts, and whether the texts fit.
    struct Shrunk {
        a: Range<usize>,
        b: Range<usize>,
        fits: bool,
    }

    fn shrunk(a: &[u32], b: &[u32], limit: usize, seed: u64) -> Shrunk {
        let (a, b) = (example(a), example(b));
        let mut a = Text::new(&a, 0..a.unit_ends().len());
        let mut b = Text::new(&b, 0..b.unit_ends().len());
        let fits = shrink(&mut a, &mut b, limit, &mut Generator::seed_from_u64(seed));
        Shrunk {
            a: a.units().clone(),
            b: b.units().clone(),
            fits,
        }
    }

    #[test]
    fn the_longer_text_is_shortened() {
        let (long, short) = ([1; 12], [2; 3]);
        for seed in 0..50 {
            let Shrunk { a, b, fits } = shrunk(&long, &short, 13, seed);
            assert_eq!((a.len(), b, fits), (7, 0..3, true));
            let Shrunk { a, b, fits } = shrunk(&short, &long, 13, seed);
            assert_eq!((a, b.len(), fits), (0..3, 7, true));
        }
    }

    #[test]
    fn front_and_back_are_equally_likely() {
        const N: u64 = 2000;
        let from_front: usize = (0..N)
            .map(|seed| shrunk(&[1; 12], &[1; 3], 9, seed).a.start)
            .sum();
        // Six units are removed, each from the front with probability ½: 6 N draws with a standard deviation of ½.
        let (expected, error) = (3.0 * N as f64, (6.0 * N as f64).sqrt() / 2.0);
        assert!(
            (from_front as f64 - expected).abs() < 3.0 * error,
            "{from_front}"
        );
    }

    #[test]
    fn a_text_of_one_unit_is_kept_and_the_other_shortened() {
        let Shrunk { a, b, fits } = shrunk(&[9], &[1; 8], 12, 1);
        assert_eq!((a, b.len(), fits), (0..1, 3, true));
        let Shrunk { a, b, fits } = shrunk(&[9], &[7], 12, 1);
        assert_eq!((a, b, fits), (0..1, 0..1, false));
    }
}

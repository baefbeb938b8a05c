//! Next-sentence prediction: draws whether B follows A or comes from another document, so that neither the lengths nor the
//! ends of the texts reveal which (method §3.4).

use rand::{Rng, RngExt as _};
use repro::Generator;

use crate::example::Example;
use crate::order::{Boundary, draw_boundary};
use crate::text::Text;

/// How often another example is drawn at most, if one is of the same document or has no boundary: 10 times, as in \[B\]
/// (`create_instances_from_document`).
const MAX_PARTNER_DRAWS: usize = 10;

/// An example of another document, and a boundary in it behind which B can start.
pub(crate) struct Partner {
    example: Example,
    boundary: Boundary,
}

/// The texts of a next-sentence pair.
pub(crate) struct NextSentence<'e> {
    pub(crate) texts: [Text<'e>; 2],
    /// Whether B comes from the other document.
    pub(crate) is_other: bool,
}

/// Draws where B starts if it comes from another document: behind a boundary, drawn in the same way as the one between A
/// and a B that follows it. `other` draws an example. `None` if no example is found, or none has a boundary.
pub(crate) fn draw_partner(
    rng: &mut Generator,
    mut other: impl FnMut(&mut Generator) -> Option<Example>,
) -> Option<Partner> {
    for _ in 0..MAX_PARTNER_DRAWS {
        let Some(example) = other(rng) else { continue };
        let boundary = draw_boundary(&example, rng);
        if let Some(boundary) = boundary.filter(|boundary| example.has_end(boundary.sentence)) {
            return Some(Partner { example, boundary });
        }
    }
    None
}

/// Draws whether B is `next`, the text behind A, or comes from the partner.
///
/// The target length of the pair is drawn before that, and is one that both can reach. B is filled up with units until the
/// pair has at least the target length, then both texts are cut back to it. So B ends anywhere in a sentence, whichever
/// text it is. If it were filled up with whole sentences, its length and its last mark would reveal the label: a text that
/// follows A often ends where the example ends, and the other one ends where enough sentences are together. `None` if the texts
/// consist of so few and long units that they cannot be cut back.
pub(crate) fn draw_texts<'e>(
    [a, next]: &[Text<'e>; 2],
    partner: &'e Partner,
    rng: &mut Generator,
) -> Option<NextSentence<'e>> {
    let [_, not_next] = partner.boundary.texts(&partner.example);
    let n_pieces_b = draw_length(next.n_pieces().min(not_next.n_pieces()), rng);
    let target = a.n_pieces() + n_pieces_b;
    let is_other = rng.random_bool(0.5);
    // Both are cut, so that neither what is drawn nor whether the texts can be cut back depends on the label.
    let [next, not_next] = [next.clone(), not_next].map(|mut b| {
        let mut a = a.clone();
        b.keep_units(n_pieces_b);
        shrink(&mut a, &mut b, target, rng).then_some([a, b])
    });
    let (next, not_next) = (next?, not_next?);
    Some(NextSentence {
        texts: if is_other { not_next } else { next },
        is_other,
    })
}

/// Draws the target length of B, in pieces: uniform from half of `most` to `most` \[P\].
fn draw_length(most: usize, rng: &mut impl Rng) -> usize {
    rng.random_range(most.div_ceil(2)..=most)
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

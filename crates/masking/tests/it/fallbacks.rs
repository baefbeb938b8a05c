//! The cap on fallbacks (method §2.6), with tables that know only some of the units.

use masking::{Kind, Masked, MaskingOptions, Ngram, NgramTaken, ObjectiveName, Selection, select};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::sequences::{Sequence, masker, sequence};

const N_UNITS: u32 = 10;
const BUDGET: usize = 4;

/// What a selection did.
struct Selected {
    taken: Vec<NgramTaken>,
    /// The units in the order in which they were visited.
    visited: Vec<usize>,
    /// How many n-grams were skipped because of the cap.
    n_skipped: usize,
}

/// Selects from units of one piece, each an n-gram of its own and each to be replaced by a similar word. Only the first
/// `n_known` units have a similar word; the others become fallbacks.
fn select_units(n_known: usize, cap: usize, seed: u64) -> Selected {
    let mut ngrams: Vec<Ngram> = (0..N_UNITS)
        .map(|start| Ngram {
            start,
            n: 1,
            drawn: 1,
        })
        .collect();
    let selection = Selection {
        budget: BUDGET,
        part_draw: 1.0,
        fallback_cap: cap,
        n_pieces: &|_| 1,
        n_fallback: &|unit, _| usize::from(unit >= n_known),
    };
    let mut taken = Vec::new();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n_skipped = select(&mut ngrams, &selection, &mut rng, &mut taken);
    Selected {
        taken,
        visited: ngrams.iter().map(|ngram| ngram.start as usize).collect(),
        n_skipped,
    }
}

fn units(taken: &[NgramTaken]) -> Vec<usize> {
    taken
        .iter()
        .map(|ngram| ngram.units.start as usize)
        .collect()
}

#[test]
fn an_ngram_beyond_the_cap_is_skipped_and_another_one_taken() {
    for seed in 0..100 {
        let Selected {
            taken,
            visited,
            n_skipped,
        } = select_units(5, 1, seed);
        assert!(taken.iter().all(|ngram| !ngram.beyond_cap));
        // The first four visited, except unknown units after the first unknown one.
        let first_unknown = visited.iter().find(|unit| **unit >= 5).copied();
        let fits = |unit: &&usize| **unit < 5 || Some(**unit) == first_unknown;
        let expected: Vec<usize> = visited.iter().filter(fits).take(BUDGET).copied().collect();
        assert_eq!(units(&taken), expected);
        let last = visited
            .iter()
            .position(|unit| unit == &expected[BUDGET - 1]);
        assert_eq!(Some(n_skipped + BUDGET - 1), last);
    }
}

#[test]
fn skipped_ngrams_fill_the_rest_of_the_budget_in_the_order_visited() {
    for seed in 0..100 {
        let Selected {
            taken,
            visited,
            n_skipped,
        } = select_units(1, 1, seed);
        let unknown: Vec<usize> = visited.iter().filter(|unit| **unit >= 1).copied().collect();
        let (within, beyond): (Vec<NgramTaken>, Vec<NgramTaken>) =
            taken.iter().cloned().partition(|ngram| !ngram.beyond_cap);
        assert_eq!((within.len(), beyond.len(), n_skipped), (2, 2, 8));
        assert!(units(&within).contains(&0) && units(&within).contains(&unknown[0]));
        assert_eq!(units(&beyond), unknown[1..3]);
        assert_eq!(units(&taken[2..]), unknown[1..3], "after all others");
    }
}

#[test]
fn a_cap_of_0_skips_every_fallback() {
    let mut units = units(&select_units(4, 0, 1).taken);
    units.sort_unstable();
    assert_eq!(units, [0, 1, 2, 3]);
}

/// The number of pieces of fallbacks, and how many of these are in n-grams taken beyond the cap.
fn fallbacks(masked: &Masked) -> (usize, usize) {
    let fallbacks = masked.kinds.iter().zip(&masked.ngrams);
    let fallbacks = fallbacks.filter(|(kind, _)| **kind == Kind::Fallback);
    let beyond = fallbacks
        .clone()
        .filter(|(_, ngram)| masked.taken[usize::from(**ngram)].beyond_cap);
    (fallbacks.clone().count(), beyond.count())
}

#[test]
fn fallbacks_have_a_kind_of_their_own_and_stay_within_the_cap() {
    let all_similar = MaskingOptions {
        similar: Some(1.0),
        random: Some(0.0),
        kept: Some(0.0),
        ..MaskingOptions::preset(ObjectiveName::Mac)
    };
    let (mut n_within, mut n_beyond) = (0, 0);
    for (n_known, length) in [(15, 128), (2, 128), (0, 64), (10, 32)] {
        let masker = masker(&all_similar, |_, index| index < n_known);
        let mut rng = ChaCha8Rng::seed_from_u64(n_known as u64);
        for _ in 0..200 {
            let Sequence {
                ids,
                units,
                n_first,
            } = sequence(length, &mut rng);
            let masked = masker.mask(&ids, &units, n_first, &mut rng);
            let (all, beyond) = fallbacks(&masked);
            assert_eq!(beyond, masked.n_beyond_cap);
            assert!(all - beyond <= masked.fallback_cap);
            for (unit, kind) in &masked.units {
                let is_known = (ids[unit.range()][0].get() as usize) < 5 + n_known;
                let expected = if is_known {
                    Kind::Similar
                } else {
                    Kind::Fallback
                };
                assert_eq!(*kind, expected);
                assert_ne!(masked.input_ids[unit.range()], ids[unit.range()]);
            }
            n_within += all - beyond;
            n_beyond += beyond;
        }
    }
    assert!(n_within > 500 && n_beyond > 500, "{n_within}, {n_beyond}");
}

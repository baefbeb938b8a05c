//! The cap on fallbacks (method §2.6), with tables that know only some of the units.

use crate::sequences::{masker, sequence};
use masking::{
    Kind, Masked, MaskingOptions, Ngram, NgramTaken, ObjectiveName, Selection, fallback_cap, select,
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

const N_UNITS: u32 = 10;
const BUDGET: usize = 4;

/// Selects from units of one piece, each an n-gram and to be replaced by a similar word, of which the first `n_known`
/// have one; with the order in which they were visited.
fn select_units(n_known: usize, cap: usize, seed: u64) -> (Vec<NgramTaken>, Vec<usize>, usize) {
    let mut ngrams: Vec<Ngram> = (0..N_UNITS)
        .map(|start| Ngram {
            start,
            n: 1,
            drawn: 1,
        })
        .collect();
    let selection = Selection {
        budget: BUDGET,
        fallback_cap: cap,
        n_pieces: &|_| 1,
        n_fallback: &|unit, _| usize::from(unit >= n_known),
    };
    let mut taken = Vec::new();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n_passed_over = select(&mut ngrams, &selection, &mut rng, &mut taken);
    let visited = ngrams.iter().map(|ngram| ngram.start as usize).collect();
    (taken, visited, n_passed_over)
}

fn units(taken: &[NgramTaken]) -> Vec<usize> {
    taken
        .iter()
        .map(|ngram| ngram.units.start as usize)
        .collect()
}

#[test]
fn another_ngram_is_chosen_where_one_would_go_beyond_the_cap() {
    for seed in 0..100 {
        let (taken, visited, n_passed_over) = select_units(5, 1, seed);
        assert!(taken.iter().all(|ngram| !ngram.beyond_cap));
        // The first four visited, without all unknown ones but the first.
        let first_unknown = visited.iter().find(|unit| **unit >= 5).copied();
        let fits = |unit: &&usize| **unit < 5 || Some(**unit) == first_unknown;
        let expected: Vec<usize> = visited.iter().filter(fits).take(BUDGET).copied().collect();
        assert_eq!(units(&taken), expected);
        let last = visited
            .iter()
            .position(|unit| unit == &expected[BUDGET - 1]);
        assert_eq!(Some(n_passed_over + BUDGET - 1), last);
    }
}

#[test]
fn those_passed_over_are_taken_after_all_in_the_order_visited() {
    for seed in 0..100 {
        let (taken, visited, n_passed_over) = select_units(1, 1, seed);
        let unknown: Vec<usize> = visited.iter().filter(|unit| **unit >= 1).copied().collect();
        let (within, beyond): (Vec<NgramTaken>, Vec<NgramTaken>) =
            taken.iter().cloned().partition(|ngram| !ngram.beyond_cap);
        assert_eq!((within.len(), beyond.len(), n_passed_over), (2, 2, 8));
        assert!(units(&within).contains(&0) && units(&within).contains(&unknown[0]));
        assert_eq!(units(&beyond), unknown[1..3]);
        assert_eq!(units(&taken[2..]), unknown[1..3], "after all others");
    }
}

#[test]
fn a_cap_of_nothing_passes_over_every_fallback() {
    let (taken, _, _) = select_units(4, 0, 1);
    let mut units = units(&taken);
    units.sort_unstable();
    assert_eq!(units, [0, 1, 2, 3]);
}

/// Pieces of fallbacks, and those of them in n-grams that were taken beyond the cap.
fn fallbacks(masked: &Masked) -> (usize, usize) {
    let fallbacks = masked.kinds.iter().zip(&masked.ngrams);
    let fallbacks = fallbacks.filter(|(kind, _)| **kind == Kind::Fallback);
    let beyond = fallbacks
        .clone()
        .filter(|(_, ngram)| masked.taken[usize::from(**ngram)].beyond_cap);
    (fallbacks.clone().count(), beyond.count())
}

#[test]
fn fallbacks_are_a_kind_of_their_own_and_keep_to_the_cap() {
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
            let (ids, units, n_first) = sequence(length, &mut rng);
            let masked = masker.mask(&ids, &units, n_first, &mut rng);
            let (all, beyond) = fallbacks(&masked);
            assert_eq!(beyond, masked.n_beyond_cap);
            assert!(all - beyond <= fallback_cap(0.1, masked.budget));
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

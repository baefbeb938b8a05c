//! Method §2, "What to expect", held against an independent simulation.

use crate::sequences::{masker, sequence};
use masking::{Audit, Kind, MaskingOptions, Ngram, ObjectiveName, Selection, select, walk};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// The length, shares of n-grams of 1 to 4 units, mean of masked pieces ÷ length: the project's own copy of the numbers
/// in `masking_expectations.json`, from 20,000 examples.
const EXPECTED: [(usize, [f64; 4], f64); 2] = [
    (
        128,
        [0.462_751_6, 0.299_024_9, 0.169_378_0, 0.068_845_5],
        0.144_212_5,
    ),
    (
        512,
        [0.416_765_9, 0.301_090_3, 0.190_863_1, 0.091_280_7],
        0.147_395_8,
    ),
];
const N_EXAMPLES: usize = 4000;

#[test]
fn shares_are_those_of_an_independent_simulation() {
    let masker = masker(&MaskingOptions::preset(ObjectiveName::Mac), |_, _| true);
    for (length, mix, mean) in EXPECTED {
        let mut rng = ChaCha8Rng::seed_from_u64(length as u64);
        let mut audit = Audit::new(&masker);
        let (mut filled, mut sizes) = (0.0, [0.0; 4]);
        for _ in 0..N_EXAMPLES {
            let (ids, units, n_first) = sequence(length, &mut rng);
            let masked = masker.mask(&ids, &units, n_first, &mut rng);
            filled += masked.positions.len() as f64 / length as f64 / N_EXAMPLES as f64;
            for ngram in &masked.taken {
                sizes[ngram.units.len() - 1] += 1.0;
            }
            audit.add(&ids, &units, n_first, None, &masked, &mut rng);
        }
        assert!(
            (filled - mean).abs() < 3e-4,
            "length {length}: {filled} of pieces, {mean} expected"
        );
        let total: f64 = sizes.iter().sum();
        for (n, expected) in mix.into_iter().enumerate() {
            let (share, error) = (
                sizes[n] / total,
                (expected * (1.0 - expected) / total).sqrt(),
            );
            let error = error * (1.0 + N_EXAMPLES as f64 / 20_000.0).sqrt() * 1.25; // n-grams of one example depend on each other
            assert!(
                (share - expected).abs() < 3.0 * error + 1e-4,
                "length {length}, {}-grams: {share}, {expected} expected",
                n + 1
            );
        }
        for line in audit.lines() {
            assert!(line.ok, "length {length}: {line:?}");
        }
        assert!(audit.fallback_shares().0 < 1e-9 && audit.kind_share(Kind::Similar) > 0.79);
    }
}

/// Pieces of each unit, units of the first text, budget, and each unit's exact chance to be masked.
type Exact = (&'static [usize], u32, usize, &'static [f64]);

/// Small examples solved over all draws and orders: the rule `cut_and_stop` of `ngram_mix.json`.
const EXACT: [Exact; 4] = [
    (
        &[1, 1, 1, 1, 1],
        3,
        3,
        &[0.7564, 0.5824, 0.5344, 0.6024, 0.5244],
    ),
    (
        &[1, 2, 1, 3, 2, 1, 1],
        4,
        4,
        &[
            0.442_136, 0.350_878, 0.385_605, 0.216_930, 0.369_438, 0.383_511, 0.367_779,
        ],
    ),
    (
        &[2, 2, 1, 2, 1, 1, 2, 1],
        3,
        5,
        &[
            0.442_609, 0.356_765, 0.366_378, 0.416_803, 0.403_365, 0.424_664, 0.323_730, 0.374_002,
        ],
    ),
    (&[3, 3, 4], 1, 2, &[0.0, 0.0, 0.0]),
];

#[test]
fn small_examples_agree_with_the_exact_solution() {
    const RUNS: u32 = 60_000;
    for (lengths, boundary, budget, expected) in EXACT {
        let mut chance = vec![0.0; lengths.len()];
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        for _ in 0..RUNS {
            let mut ngrams: Vec<Ngram> = Vec::new();
            for run in [0..boundary, boundary..lengths.len() as u32] {
                walk(run, &[0.4, 0.3, 0.2, 0.1], &mut rng, &mut ngrams);
            }
            let mut taken = Vec::new();
            let selection = Selection {
                budget,
                fallback_cap: budget,
                n_pieces: &|unit| lengths[unit],
                n_fallback: &|_, _| 0,
            };
            select(&mut ngrams, &selection, &mut rng, &mut taken);
            for unit in taken.iter().flat_map(|ngram| ngram.units.clone()) {
                chance[unit as usize] += 1.0 / f64::from(RUNS);
            }
        }
        for (found, expected) in chance.iter().zip(expected) {
            assert!((found - expected).abs() < 0.008, "{lengths:?}: {chance:?}");
        }
    }
}

#[test]
fn a_unit_larger_than_the_budget_is_passed_over_and_the_one_behind_it_taken() {
    for seed in 0..50 {
        let lengths = [4, 1, 4];
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut ngrams = Vec::new();
        for run in [0..2, 2..3] {
            walk(run, &[0.4, 0.3, 0.2, 0.1], &mut rng, &mut ngrams);
        }
        let mut taken = Vec::new();
        let selection = Selection {
            budget: 1,
            fallback_cap: 1,
            n_pieces: &|unit| lengths[unit],
            n_fallback: &|_, _| 0,
        };
        select(&mut ngrams, &selection, &mut rng, &mut taken);
        let units: Vec<u32> = taken.iter().flat_map(|ngram| ngram.units.clone()).collect();
        assert_eq!(units, [1], "seed {seed}");
    }
}

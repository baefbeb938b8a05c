//! Statistics of masked examples (method §2, "What to expect") compared with an independent simulation.

use masking::{Audit, Kind, MaskingOptions, Ngram, ObjectiveName, Selection, select, walk};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::sequences::{Sequence, masker, sequence};

/// What the simulation found for one length, from 20,000 examples.
struct Expected {
    length: usize,
    /// Shares of n-grams of 1 to 4 units.
    ngram_shares: [f64; 4],
    /// Mean of masked pieces ÷ length.
    masked_share: f64,
}

/// A copy of the numbers in `masking_expectations.json`.
const EXPECTED: [Expected; 2] = [
    Expected {
        length: 128,
        ngram_shares: [0.462_751_6, 0.299_024_9, 0.169_378_0, 0.068_845_5],
        masked_share: 0.144_212_5,
    },
    Expected {
        length: 512,
        ngram_shares: [0.416_765_9, 0.301_090_3, 0.190_863_1, 0.091_280_7],
        masked_share: 0.147_395_8,
    },
];
const N_EXAMPLES: usize = 4000;

#[test]
fn statistics_are_those_of_an_independent_simulation() {
    let masker = masker(&MaskingOptions::preset(ObjectiveName::Mac), |_, _| true);
    for Expected {
        length,
        ngram_shares,
        masked_share,
    } in EXPECTED
    {
        let mut rng = ChaCha8Rng::seed_from_u64(length as u64);
        let mut audit = Audit::new(&masker);
        let (mut filled, mut sizes) = (0.0, [0.0; 4]);
        for _ in 0..N_EXAMPLES {
            let Sequence {
                ids,
                units,
                n_first,
            } = sequence(length, &mut rng);
            let masked = masker.mask(&ids, &units, n_first, &mut rng);
            filled += masked.positions.len() as f64 / length as f64 / N_EXAMPLES as f64;
            for ngram in &masked.taken {
                sizes[ngram.units.len() - 1] += 1.0;
            }
            audit.add(&ids, &units, n_first, None, &masked, &mut rng);
        }
        assert!(
            (filled - masked_share).abs() < 3e-4,
            "length {length}: {filled} of pieces, {masked_share} expected"
        );
        let total: f64 = sizes.iter().sum();
        for (n, expected) in ngram_shares.into_iter().enumerate() {
            let (share, error) = (
                sizes[n] / total,
                (expected * (1.0 - expected) / total).sqrt(),
            );
            // The simulation has an error too, and n-grams of one example depend on each other.
            let error = error * (1.0 + N_EXAMPLES as f64 / 20_000.0).sqrt() * 1.25;
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

/// A small example, solved over all draws and orders.
struct Exact {
    /// Pieces of each unit.
    lengths: &'static [usize],
    /// Units of text A.
    n_first: u32,
    budget: usize,
    /// Each unit's probability of being masked.
    probabilities: &'static [f64],
}

/// Solutions by the rule `cut_and_stop` of `ngram_mix.json`.
const EXACT: [Exact; 4] = [
    Exact {
        lengths: &[1, 1, 1, 1, 1],
        n_first: 3,
        budget: 3,
        probabilities: &[0.7564, 0.5824, 0.5344, 0.6024, 0.5244],
    },
    Exact {
        lengths: &[1, 2, 1, 3, 2, 1, 1],
        n_first: 4,
        budget: 4,
        probabilities: &[
            0.442_136, 0.350_878, 0.385_605, 0.216_930, 0.369_438, 0.383_511, 0.367_779,
        ],
    },
    Exact {
        lengths: &[2, 2, 1, 2, 1, 1, 2, 1],
        n_first: 3,
        budget: 5,
        probabilities: &[
            0.442_609, 0.356_765, 0.366_378, 0.416_803, 0.403_365, 0.424_664, 0.323_730, 0.374_002,
        ],
    },
    Exact {
        lengths: &[3, 3, 4],
        n_first: 1,
        budget: 2,
        probabilities: &[0.0, 0.0, 0.0],
    },
];

#[test]
fn small_examples_agree_with_the_exact_solution() {
    const RUNS: u32 = 60_000;
    for Exact {
        lengths,
        n_first,
        budget,
        probabilities,
    } in EXACT
    {
        let mut found = vec![0.0; lengths.len()];
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        for _ in 0..RUNS {
            let mut ngrams: Vec<Ngram> = Vec::new();
            for run in [0..n_first, n_first..lengths.len() as u32] {
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
                found[unit as usize] += 1.0 / f64::from(RUNS);
            }
        }
        let mut pairs = found.iter().zip(probabilities);
        assert!(
            pairs.all(|(found, expected)| (found - expected).abs() < 0.008),
            "{lengths:?}: {found:?}"
        );
    }
}

#[test]
fn a_unit_larger_than_the_budget_is_skipped_and_the_next_one_taken() {
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

//! Statistics of masked examples (method §2, "What to expect") compared with an independent simulation.

use masking::{Audit, Kind, Masked, MaskingOptions, Ngram, ObjectiveName, Selection, select, walk};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use segment::UnitSpan;

use crate::sequences::{Sequence, masker, sequence};

/// What the simulation found for one length, from 20,000 examples.
struct Expected {
    length: usize,
    /// Mean of masked pieces ÷ length, and its standard error.
    masked_share: (f64, f64),
    /// Masked units ÷ units, for units of 1 to 4 pieces.
    by_unit_length: [f64; 4],
    /// Shares of n-grams of 1 to 4 units.
    ngram_shares: [f64; 4],
}

/// A copy of the numbers in `masking_expectations.json`.
const EXPECTED: [Expected; 2] = [
    Expected {
        length: 128,
        masked_share: (0.148_527_0, 4.530_4e-5),
        by_unit_length: [0.154_740_7, 0.152_392_9, 0.150_438_4, 0.145_659_8],
        ngram_shares: [0.458_079_5, 0.300_551_7, 0.170_559_2, 0.070_809_6],
    },
    Expected {
        length: 512,
        masked_share: (0.148_446_1, 1.140_9e-5),
        by_unit_length: [0.150_086_7, 0.149_429_2, 0.148_101_1, 0.148_561_8],
        ngram_shares: [0.416_964_4, 0.299_118_8, 0.191_871_0, 0.092_045_8],
    },
];
/// The published shares of kinds, which the simulation draws with: similar, random, kept.
const KINDS: [(Kind, f64); 3] = [(Kind::Similar, 0.8), (Kind::Random, 0.1), (Kind::Kept, 0.1)];
const N_EXAMPLES: usize = 20_000;
const N_SIMULATED: f64 = 20_000.0;

/// What was counted over the examples of one length.
#[derive(Default)]
struct Counts {
    masked_share: f64,
    units: [f64; 4],
    masked_units: [f64; 4],
    ngrams: [f64; 4],
    kinds: [f64; Kind::ALL.len()],
}

impl Counts {
    fn add(&mut self, units: &[UnitSpan], masked: &Masked) {
        let n_pieces = masked.positions.len() as f64;
        self.masked_share += n_pieces / masked.input_ids.len() as f64 / N_EXAMPLES as f64;
        for unit in units {
            self.units[unit.n_pieces as usize - 1] += 1.0;
        }
        for (unit, kind) in &masked.units {
            self.masked_units[unit.n_pieces as usize - 1] += 1.0;
            self.kinds[*kind as usize] += 1.0;
        }
        for ngram in &masked.taken {
            self.ngrams[ngram.units.len() - 1] += 1.0;
        }
    }
}

/// A share of `total` must be within 3 standard errors of an expected one. `error_of_expected` is the standard error of
/// the latter, as a multiple of the former's.
#[track_caller]
fn check_share(name: &str, count: f64, total: f64, expected: f64, error_of_expected: f64) {
    let error = (expected * (1.0 - expected) / total).sqrt();
    let error = error * error_of_expected.hypot(1.0);
    let share = count / total;
    assert!(
        (share - expected).abs() < 3.0 * error,
        "{name}: {share} ± {error}, {expected} expected"
    );
}

/// Method §2, "What to expect" (a) to (c).
#[test]
fn statistics_are_those_of_an_independent_simulation() {
    let masker = masker(&MaskingOptions::preset(ObjectiveName::Mac), |_, _| true);
    let simulated = (N_EXAMPLES as f64 / N_SIMULATED).sqrt();
    for expected in EXPECTED {
        let length = expected.length;
        let mut rng = ChaCha8Rng::seed_from_u64(length as u64);
        let mut audit = Audit::new(&masker);
        let mut counts = Counts::default();
        for _ in 0..N_EXAMPLES {
            let Sequence {
                ids,
                units,
                n_first,
            } = sequence(length, &mut rng);
            let masked = masker.mask(&ids, &units, n_first, &mut rng);
            counts.add(&units, &masked);
            audit.add(&ids, &units, n_first, None, &masked, &mut rng);
        }
        let (mean, error) = expected.masked_share;
        let error = error * (1.0 + N_SIMULATED / N_EXAMPLES as f64).sqrt();
        assert!(
            (counts.masked_share - mean).abs() < 3.0 * error,
            "length {length}: {} ± {error} of pieces, {mean} expected",
            counts.masked_share
        );
        let n_ngrams: f64 = counts.ngrams.iter().sum();
        let n_units: f64 = counts.kinds.iter().sum();
        for n in 0..4 {
            let (of_units, masked) = (counts.units[n], counts.masked_units[n]);
            let name = format!("length {length}, units of {} pieces", n + 1);
            let share = expected.by_unit_length[n];
            check_share(&name, masked, of_units, share, simulated);
            let name = format!("length {length}, {}-grams", n + 1);
            let share = expected.ngram_shares[n];
            check_share(&name, counts.ngrams[n], n_ngrams, share, simulated);
        }
        for (kind, share) in KINDS {
            let name = format!("length {length}, {}", kind.name());
            check_share(&name, counts.kinds[kind as usize], n_units, share, 0.0);
        }
        for line in audit.lines() {
            assert!(line.ok, "length {length}: {line:?}");
        }
        assert!(audit.fallback_shares().0 < 1e-9);
    }
}

/// A small example, solved over all draws and orders.
struct Exact {
    /// Pieces of each unit.
    lengths: &'static [usize],
    /// Units of text A.
    n_first: u32,
    budget: usize,
    /// Each unit's probability of being masked, without the draw for parts.
    probabilities: &'static [f64],
}

/// The published shares of n-grams.
const SHARES: [f64; 4] = [0.4, 0.3, 0.2, 0.1];

/// Solutions by the rule `cut_and_stop` of `ngram_mix.json`, which takes no unit that fits only in part.
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

/// A small example, solved over all walks, orders and draws (method §2.2, §2.3, §8.4).
struct Solution<'e> {
    example: &'e Exact,
    /// Whether a unit that fits only in part may be taken.
    with_part: bool,
    /// Each unit's probability of being masked.
    found: Vec<f64>,
}

impl<'e> Solution<'e> {
    fn of(example: &'e Exact, with_part: bool) -> Vec<f64> {
        let mut solution = Self {
            example,
            with_part,
            found: vec![0.0; example.lengths.len()],
        };
        solution.walk(0, &mut Vec::new(), 1.0);
        solution.found
    }

    /// Goes on with a walk from a unit.
    fn walk(&mut self, start: usize, ngrams: &mut Vec<(usize, usize)>, probability: f64) {
        let (n_units, n_first) = (self.example.lengths.len(), self.example.n_first as usize);
        if start == n_units {
            self.visit(ngrams, self.example.budget, true, probability);
            return;
        }
        let end = if start < n_first { n_first } else { n_units };
        for (n, share) in (1..).zip(SHARES) {
            let n = n.min(end - start);
            ngrams.push((start, n));
            self.walk(start + n, ngrams, probability * share);
            ngrams.pop();
        }
    }

    /// Visits each of the n-grams that are left as the next one.
    fn visit(&mut self, ngrams: &[(usize, usize)], left: usize, is_empty: bool, probability: f64) {
        for index in 0..ngrams.len() {
            let probability = probability / ngrams.len() as f64;
            let (start, n) = ngrams[index];
            let is_too_large = |unit: &usize| self.example.lengths[*unit] > self.example.budget;
            let mut units = start..start + n;
            if is_empty {
                let n_too_large = units.clone().take_while(is_too_large).count();
                units.start += n_too_large;
            }
            let (mut left, mut is_empty, mut is_cut) = (left, is_empty, false);
            for unit in units {
                let n_pieces = self.example.lengths[unit];
                if n_pieces > left {
                    let part = left as f64 / n_pieces as f64;
                    self.found[unit] += if self.with_part {
                        probability * part
                    } else {
                        0.0
                    };
                    is_cut = true;
                    break;
                }
                left -= n_pieces;
                is_empty = false;
                self.found[unit] += probability;
            }
            if !is_cut && left > 0 {
                let mut others = ngrams.to_vec();
                others.remove(index);
                self.visit(&others, left, is_empty, probability);
            }
        }
    }
}

/// How often each unit of an example is masked. Without `with_part` a unit that fits only in part is never taken.
fn sampled(example: &Exact, with_part: bool) -> Vec<f64> {
    const RUNS: u32 = 60_000;
    let n_units = example.lengths.len();
    let mut found = vec![0.0; n_units];
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    for _ in 0..RUNS {
        let mut ngrams: Vec<Ngram> = Vec::new();
        for run in [0..example.n_first, example.n_first..n_units as u32] {
            walk(run, &SHARES, &mut rng, &mut ngrams);
        }
        let mut taken = Vec::new();
        let selection = Selection {
            budget: example.budget,
            part_draw: if with_part { rng.random() } else { 1.0 },
            fallback_cap: example.budget,
            n_pieces: &|unit| example.lengths[unit],
            n_fallback: &|_, _| 0,
        };
        select(&mut ngrams, &selection, &mut rng, &mut taken);
        for unit in taken.iter().flat_map(|ngram| ngram.units.clone()) {
            found[unit as usize] += 1.0 / f64::from(RUNS);
        }
    }
    found
}

#[track_caller]
fn check_near(found: &[f64], expected: &[f64], tolerance: f64) {
    let mut pairs = found.iter().zip(expected);
    assert!(
        found.len() == expected.len()
            && pairs.all(|(found, expected)| (found - expected).abs() < tolerance),
        "{found:?}, {expected:?} expected"
    );
}

#[test]
fn without_the_draw_for_parts_small_examples_agree_with_the_reference() {
    for example in &EXACT {
        check_near(&Solution::of(example, false), example.probabilities, 1e-6);
        check_near(&sampled(example, false), example.probabilities, 0.008);
    }
}

#[test]
fn small_examples_agree_with_the_exact_solution() {
    for example in &EXACT {
        check_near(&sampled(example, true), &Solution::of(example, true), 0.008);
    }
}

/// What the selection lacks if it ends before a unit that fits only in part, it exceeds by if it takes the unit: the mean of
/// the masked pieces is the budget.
#[test]
fn the_mean_of_the_masked_pieces_is_the_budget() {
    for example in &EXACT[..3] {
        let solved = Solution::of(example, true);
        let pieces = solved.iter().zip(example.lengths);
        let mean: f64 = pieces.map(|(share, n)| share * *n as f64).sum();
        assert!((mean - example.budget as f64).abs() < 1e-9, "{mean}");
    }
}

#[test]
fn a_unit_larger_than_the_budget_is_skipped_and_the_next_one_taken() {
    for seed in 0..50 {
        let lengths = [4, 1, 4];
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut ngrams = Vec::new();
        for run in [0..2, 2..3] {
            walk(run, &SHARES, &mut rng, &mut ngrams);
        }
        let mut taken = Vec::new();
        let selection = Selection {
            budget: 1,
            part_draw: 0.0,
            fallback_cap: 1,
            n_pieces: &|unit| lengths[unit],
            n_fallback: &|_, _| 0,
        };
        select(&mut ngrams, &selection, &mut rng, &mut taken);
        let units: Vec<u32> = taken.iter().flat_map(|ngram| ngram.units.clone()).collect();
        assert_eq!(units, [1], "seed {seed}");
    }
}

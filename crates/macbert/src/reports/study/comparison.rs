//! Comparisons of arms: a figure of every arm over the seeds, and the paired difference of every pair of arms.

use std::collections::BTreeMap;

use finetune::Spread;
use serde::Serialize;

use super::statistics::{Interval, LEAST_SEEDS, bootstrap};

/// Whether small or large values of a figure are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Better {
    /// Small values, as of a loss.
    Lower,
    /// Large values, as of a score.
    Higher,
}

/// A figure of all arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Comparison {
    /// Which values are good.
    pub better: Better,
    /// The arms.
    pub arms: Vec<ArmFigure>,
    /// The pairs of arms that can be compared.
    pub pairs: Vec<PairedDifference>,
}

/// A figure of one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ArmFigure {
    /// The arm.
    pub arm: String,
    /// The values of the finished runs, by seed.
    pub by_seed: BTreeMap<u64, f64>,
    /// Their spread; `None` if no run is finished.
    pub spread: Option<Spread>,
}

/// The difference of two arms, over the seeds that are finished in both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PairedDifference {
    /// The first arm.
    pub a: String,
    /// The second arm.
    pub b: String,
    /// The value of the first arm minus that of the second, by seed.
    pub by_seed: BTreeMap<u64, f64>,
    /// The spread of the differences; `None` if there are none.
    pub spread: Option<Spread>,
    /// The bootstrap interval (95 %) of the mean difference; `None` if there are too few seeds.
    pub interval: Option<Interval>,
    /// What follows.
    pub verdict: Verdict,
}

/// What the seeds say of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// There are too few seeds to judge the spread.
    TooFewSeeds,
    /// The interval contains 0.
    InsideTheSpread,
    /// The interval does not contain 0, and the first arm is better.
    FirstIsBetter,
    /// The interval does not contain 0, and the second arm is better.
    SecondIsBetter,
}

impl Comparison {
    /// Compares arms by their values. `can_be_compared` takes the indices of two arms.
    pub(crate) fn new(
        better: Better,
        arms: Vec<(String, BTreeMap<u64, f64>)>,
        can_be_compared: impl Fn(usize, usize) -> bool,
    ) -> Self {
        let mut pairs = Vec::new();
        for (index, first) in arms.iter().enumerate() {
            for (other, second) in arms.iter().enumerate().skip(index + 1) {
                if can_be_compared(index, other) {
                    pairs.push(PairedDifference::of(better, first, second));
                }
            }
        }
        let figure = |(arm, by_seed): (String, BTreeMap<u64, f64>)| ArmFigure {
            spread: Spread::of(&values(&by_seed)),
            arm,
            by_seed,
        };
        Self {
            better,
            arms: arms.into_iter().map(figure).collect(),
            pairs,
        }
    }
}

impl PairedDifference {
    fn of(
        better: Better,
        (a, first): &(String, BTreeMap<u64, f64>),
        (b, second): &(String, BTreeMap<u64, f64>),
    ) -> Self {
        let both = first.iter().filter_map(|(seed, value)| {
            let difference = value - second.get(seed)?;
            Some((*seed, difference))
        });
        let by_seed: BTreeMap<u64, f64> = both.collect();
        let differences = values(&by_seed);
        let interval = (differences.len() >= LEAST_SEEDS)
            .then(|| bootstrap(&differences))
            .flatten();
        Self {
            a: a.clone(),
            b: b.clone(),
            spread: Spread::of(&differences),
            interval,
            verdict: verdict(better, interval),
            by_seed,
        }
    }
}

fn verdict(better: Better, interval: Option<Interval>) -> Verdict {
    match interval {
        None => Verdict::TooFewSeeds,
        Some(interval) if interval.contains(0.0) => Verdict::InsideTheSpread,
        Some(interval) if (interval.low > 0.0) == (better == Better::Higher) => {
            Verdict::FirstIsBetter
        }
        Some(_) => Verdict::SecondIsBetter,
    }
}

fn values(by_seed: &BTreeMap<u64, f64>) -> Vec<f64> {
    by_seed.values().copied().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Better, Comparison, Verdict};

    fn seeds(values: &[f64]) -> BTreeMap<u64, f64> {
        (1..).zip(values.iter().copied()).collect()
    }

    fn compared(better: Better, a: &[f64], b: &[f64]) -> Comparison {
        let arms = vec![("a".to_owned(), seeds(a)), ("b".to_owned(), seeds(b))];
        Comparison::new(better, arms, |_, _| true)
    }

    #[track_caller]
    fn check(better: Better, a: &[f64], b: &[f64], expect: Verdict) {
        assert_eq!(compared(better, a, b).pairs[0].verdict, expect);
    }

    /// The seeds differ by far more than the arms, but in every seed the second arm is better.
    #[test]
    fn differences_are_paired_by_seed() {
        let (a, b) = ([5.0, 7.0, 9.0], [4.75, 6.5, 8.75]);
        let comparison = compared(Better::Lower, &a, &b);
        let pair = &comparison.pairs[0];
        assert_eq!(pair.by_seed, seeds(&[0.25, 0.5, 0.25]));
        let (spread, interval) = (pair.spread.expect("seeds"), pair.interval.expect("seeds"));
        assert!((spread.mean - 1.0 / 3.0).abs() < 1e-12);
        // Three values: the interval is their range.
        assert_eq!((interval.low, interval.high), (0.25, 0.5));
        assert_eq!(pair.verdict, Verdict::SecondIsBetter);
        check(Better::Higher, &a, &b, Verdict::FirstIsBetter);
        check(Better::Higher, &b, &a, Verdict::SecondIsBetter);
        check(Better::Lower, &b, &a, Verdict::FirstIsBetter);
    }

    #[test]
    fn a_difference_whose_interval_has_zero_in_it_is_inside_the_spread() {
        check(
            Better::Lower,
            &[1.0, 2.0, 3.0],
            &[2.0, 1.0, 4.0],
            Verdict::InsideTheSpread,
        );
        check(
            Better::Lower,
            &[1.0, 2.0, 3.0],
            &[1.0, 2.0, 3.0],
            Verdict::InsideTheSpread,
        );
    }

    #[test]
    fn fewer_than_three_seeds_are_not_judged() {
        check(
            Better::Lower,
            &[1.0, 2.0],
            &[5.0, 6.0],
            Verdict::TooFewSeeds,
        );
        check(Better::Lower, &[], &[], Verdict::TooFewSeeds);
        // Only two seeds are finished in both arms.
        check(
            Better::Lower,
            &[1.0, 2.0, 3.0],
            &[5.0, 6.0],
            Verdict::TooFewSeeds,
        );
    }

    #[test]
    fn only_pairs_that_can_be_compared_are() {
        let arms = ["a", "b", "c"].map(|arm| (arm.to_owned(), seeds(&[1.0])));
        let comparison = Comparison::new(Better::Lower, arms.to_vec(), |a, b| a == 0 && b == 2);
        let pairs = comparison
            .pairs
            .iter()
            .map(|pair| (pair.a.as_str(), pair.b.as_str()));
        assert_eq!(pairs.collect::<Vec<_>>(), [("a", "c")]);
        assert_eq!(comparison.arms.len(), 3);
    }
}

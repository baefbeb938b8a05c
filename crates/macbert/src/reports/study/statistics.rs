//! The statistics of a study: the bootstrap interval of a mean over seeds.

use rand::RngExt as _;
use repro::{Purpose, generator};
use serde::Serialize;

/// The number of resamples of a bootstrap.
const N_RESAMPLES: usize = 10_000;
/// The share of the resampled means that lie below the interval, and the share above it. The interval is a 95 % interval.
const TAIL: f64 = 0.025;
/// The least number of seeds whose spread is judged.
pub(crate) const LEAST_SEEDS: usize = 3;

/// An interval of a mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies in the interval or on its ends.
    pub(crate) fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// The percentile bootstrap interval (95 %) of the mean of values; `None` if there are none.
///
/// Means of as many values are drawn with replacement. The ends are the values below and above which a fortieth of these means
/// lie. With three values each end is the smallest or the largest value itself, because one mean in 27 consists of it alone.
pub(crate) fn bootstrap(values: &[f64]) -> Option<Interval> {
    if values.is_empty() {
        return None;
    }
    let mut rng = generator(0, Purpose::Bootstrap, 0, values.len() as u64);
    let mut mean = || {
        let drawn = values
            .iter()
            .map(|_| values[rng.random_range(0..values.len())]);
        drawn.sum::<f64>() / values.len() as f64
    };
    let mut means: Vec<f64> = (0..N_RESAMPLES).map(|_| mean()).collect();
    means.sort_by(f64::total_cmp);
    let n_below = (TAIL * N_RESAMPLES as f64) as usize;
    Some(Interval {
        low: means[n_below],
        high: means[N_RESAMPLES - 1 - n_below],
    })
}

#[cfg(test)]
mod tests {
    use super::{Interval, bootstrap};

    #[track_caller]
    fn check(values: &[f64], low: f64, high: f64) {
        let Interval { low: l, high: h } = bootstrap(values).expect("values");
        assert!(
            (l - low).abs() < 1e-12 && (h - high).abs() < 1e-12,
            "{l} to {h}"
        );
    }

    /// The mean of n values drawn from n has few outcomes, so that the ends of the interval can be counted by hand.
    #[test]
    fn a_bootstrap_interval_has_the_ends_that_counting_all_resamples_gives() {
        check(&[2.0], 2.0, 2.0);
        // 1, 2, 3 with shares 1/4, 1/2, 1/4.
        check(&[1.0, 3.0], 1.0, 3.0);
        // The mean 0 has the share 1/27 = 3.7 %, above 2.5 %, and so has the mean 9.
        check(&[0.0, 3.0, 9.0], 0.0, 9.0);
        // Sums of four of 0, 1, 10, 100. The lowest outcomes and their shares of 256: 0 (1), 1 (4), 2 (6): 11/256 = 4.3 %
        // up to the sum 2, and 5/256 = 1.95 % below it. The highest: 400 (1), 310 (4), 301 (4), together 3.5 %; 5/256 above 301.
        check(&[0.0, 1.0, 10.0, 100.0], 0.5, 301.0 / 4.0);
        assert_eq!(bootstrap(&[]), None);
    }

    #[test]
    fn an_interval_is_shifted_and_scaled_with_its_values() {
        let values = [0.3, -0.1, 0.25, 0.8, 0.05];
        let other = values.map(|value| 2.0 * value + 1.0);
        let one = bootstrap(&values).expect("values");
        check(&other, 2.0 * one.low + 1.0, 2.0 * one.high + 1.0);
        assert!(one.contains(0.2) && !one.contains(0.8));
    }
}

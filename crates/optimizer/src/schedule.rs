//! The learning rate of a step.

use serde::{Deserialize, Serialize};

/// How programs count the steps of warm-up and decay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// From 1: the first step moves the weights, and the last has the rate 0 ([`learning_rate`]).
    #[default]
    FromOne,
    /// From 0, as `get_linear_schedule_with_warmup` of transformers: the first step of a warm-up has the rate 0.
    FromZero,
    /// From 0, and the decay begins at step 0, as in Google's programs: the peak is never reached.
    Google,
}

impl Schedule {
    /// Computes the learning rate of a step from 1; beyond the last step it is never negative.
    pub fn rate(self, step: u64, peak: f64, warmup_steps: u64, steps: u64) -> f64 {
        let before = step.saturating_sub(1);
        match self {
            Self::FromOne => learning_rate(step, peak, warmup_steps, steps),
            Self::FromZero => learning_rate(before, peak, warmup_steps, steps),
            Self::Google if before < warmup_steps => peak * before as f64 / warmup_steps as f64,
            Self::Google => {
                let left = steps.saturating_sub(before) as f64;
                peak * left / steps.max(1) as f64
            }
        }
    }
}

/// Computes the learning rate of a step: linear warm-up to `peak`, then linear decay to 0 (method §5).
///
/// Steps count from 1. With w warm-up steps, T steps and the peak η, step k has η·k/w up to step w, and η·(T − k)/(T − w)
/// after it. So the first step moves the weights, and only the last step has the learning rate 0.
pub fn learning_rate(step: u64, peak: f64, warmup_steps: u64, steps: u64) -> f64 {
    if step <= warmup_steps && warmup_steps > 0 {
        peak * step as f64 / warmup_steps as f64
    } else {
        let left = steps.saturating_sub(step) as f64;
        peak * left / steps.saturating_sub(warmup_steps).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Schedule, learning_rate};

    #[test]
    fn warm_up_then_decay_to_nothing() {
        let rates: Vec<f64> = (1..=11)
            .map(|step| learning_rate(step, 7.0, 3, 10))
            .collect();
        let expect = [
            7.0 / 3.0,
            14.0 / 3.0,
            7.0,
            6.0,
            5.0,
            4.0,
            3.0,
            2.0,
            1.0,
            0.0,
            0.0,
        ];
        for (found, expect) in rates.iter().zip(expect) {
            assert!((found - expect).abs() < 1e-12, "{rates:?}");
        }
        assert!((learning_rate(1, 1.0, 0, 10) - 0.9).abs() < 1e-12);
    }

    /// 8 steps, 2 of which are warm-up.
    fn rates(schedule: Schedule, peak: f64) -> [f64; 8] {
        std::array::from_fn(|before| schedule.rate(before as u64 + 1, peak, 2, 8))
    }

    #[track_caller]
    fn check(found: [f64; 8], expected: [f64; 8]) {
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-12, "{found:?}");
        }
    }

    /// transformers counts from 0: the third step has the peak, and the last one 1 / (8 − 2) of it.
    #[test]
    fn from_zero_is_one_step_behind() {
        let expected = [0.0, 3.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
        check(rates(Schedule::FromZero, 6.0), expected);
        let without_warmup = Schedule::FromZero.rate(1, 6.0, 0, 8);
        assert!((without_warmup - 6.0).abs() < 1e-12);
    }

    /// Google's decay begins at step 0, so 2 / 8 of the peak are gone when the warm-up ends.
    #[test]
    fn the_peak_of_google_is_never_reached() {
        let expected = [0.0, 4.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
        check(rates(Schedule::Google, 8.0), expected);
        let without_warmup = Schedule::Google.rate(5, 8.0, 0, 8);
        assert!((without_warmup - 4.0).abs() < 1e-12);
    }

    #[test]
    fn no_rate_is_negative_beyond_the_last_step() {
        for schedule in [Schedule::FromOne, Schedule::FromZero, Schedule::Google] {
            for step in [9, 10, 100] {
                let rate = schedule.rate(step, 1.0, 2, 8);
                assert!(rate.abs() < 1e-12, "{schedule:?}, step {step}: {rate}");
            }
        }
    }

    #[test]
    fn from_one_ends_with_nothing() {
        let expected = [3.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0];
        check(rates(Schedule::FromOne, 6.0), expected);
    }
}

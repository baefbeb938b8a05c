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
    /// Computes the learning rate of a step from 1.
    pub fn rate(self, step: u64, peak: f64, warmup_steps: u64, steps: u64) -> f64 {
        let before = step.saturating_sub(1);
        match self {
            Self::FromOne => learning_rate(step, peak, warmup_steps, steps),
            Self::FromZero => learning_rate(before, peak, warmup_steps, steps),
            Self::Google if before < warmup_steps => peak * before as f64 / warmup_steps as f64,
            Self::Google => peak * (1.0 - before as f64 / steps.max(1) as f64),
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
    use super::learning_rate;

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
}

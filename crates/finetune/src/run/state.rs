//! The state of a seed between two steps: exactly what its checkpoint holds.

use model::BertForTask;
use optimizer::{OptimizerState, StepStats};
use serde::{Deserialize, Serialize};

use crate::run::results::{CurvePoint, EpochScores};

/// The state of a seed between two steps.
pub(crate) struct Training {
    /// The model with its weights.
    pub(crate) model: BertForTask,
    /// The state of the optimizer.
    pub(crate) moments: OptimizerState,
    /// Everything else.
    pub(crate) state: SeedState,
}

/// The state of a seed apart from weights and moments: `state.json` of its checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedState {
    /// The number of steps done.
    pub(crate) step: u64,
    /// The number of updates: steps that were not skipped.
    pub(crate) n_updates: u64,
    /// The number of steps whose update was skipped.
    pub(crate) skipped_steps: u64,
    /// Sums since the last point of the curves.
    window: Window,
    /// The curves so far.
    pub(crate) curve: Vec<CurvePoint>,
    /// The epochs that have ended.
    pub(crate) epochs: Vec<EpochScores>,
}

/// Sums over steps that were not skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    n_steps: u64,
    loss: f64,
    gradient_norm: f64,
}

impl SeedState {
    /// Counts a step whose statistics were read.
    pub(crate) fn count(&mut self, stats: &StepStats<1>) {
        if stats.skipped {
            self.skipped_steps += 1;
            return;
        }
        self.n_updates += 1;
        self.window.n_steps += 1;
        self.window.loss += stats.losses[0];
        self.window.gradient_norm += stats.gradient_norm;
    }

    /// Mean loss since the last point of the curves, or that of the last point if no step was counted since; not a number if
    /// there is neither.
    pub(crate) fn loss(&self) -> f64 {
        if self.window.n_steps > 0 {
            return self.window.loss / self.window.n_steps as f64;
        }
        self.curve.last().map_or(f64::NAN, |point| point.loss)
    }

    /// Adds a point to the curves, unless all steps since the last one were skipped.
    pub(crate) fn add_point(&mut self, learning_rate: f64) {
        let window = std::mem::take(&mut self.window);
        if window.n_steps > 0 {
            let n = window.n_steps as f64;
            self.curve.push(CurvePoint {
                step: self.step,
                loss: window.loss / n,
                gradient_norm: window.gradient_norm / n,
                learning_rate,
            });
        }
    }

    /// The epoch with the highest score on the dev file, the first of equal ones; without a score the last.
    pub(crate) fn best_epoch(&self, select_by: Option<&str>) -> Option<&EpochScores> {
        let Some(name) = select_by else {
            return self.epochs.last();
        };
        self.epochs.iter().reduce(|best, epoch| {
            if epoch.scores[name] > best.scores[name] {
                epoch
            } else {
                best
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use optimizer::StepStats;

    use super::SeedState;

    fn step(loss: f64) -> StepStats<1> {
        StepStats {
            losses: [loss],
            gradient_norm: 1.0,
            skipped: !loss.is_finite(),
        }
    }

    #[test]
    fn the_loss_stays_until_another_is_known() {
        let mut state = SeedState::default();
        assert!(state.loss().is_nan());
        let loss = |state: &SeedState| (1000.0 * state.loss()).round() as i64;
        state.count(&step(2.0));
        state.count(&step(1.0));
        assert_eq!(loss(&state), 1500);
        state.add_point(1e-3);
        assert_eq!(loss(&state), 1500);
        state.count(&step(f64::NAN));
        assert_eq!((loss(&state), state.skipped_steps), (1500, 1));
        state.count(&step(0.5));
        assert_eq!(loss(&state), 500);
    }
}

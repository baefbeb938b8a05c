//! The section `[train]` of a config: steps, batch, and how often things are done.

use model::Precision;
use serde::{Deserialize, Serialize};

/// Steps, batch, and how often things are done (`[train]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainOptions {
    /// How many steps the run has.
    pub steps: u64,
    /// Examples of a step.
    pub examples_per_step: usize,
    /// Examples that are computed at once. A step sums the gradients of as many micro-batches as it needs.
    pub micro_batch: usize,
    /// Steps from one evaluation to the next.
    pub evaluate_every: u64,
    /// Steps from one checkpoint to the next. Checkpoints are written in the background; meanwhile the host holds one more
    /// copy of weights and moments: 12 bytes per parameter, 1.2 GB for base, 3.9 GB for large.
    pub checkpoint_every: u64,
    /// How many checkpoints are kept.
    pub keep_checkpoints: usize,
    /// How many steps may have a loss or gradient that is not finite. Their updates are skipped; one more such step ends the
    /// run.
    pub max_skipped_steps: u64,
    /// Steps from one line of metrics to the next.
    pub log_every: u64,
    /// How many threads draw examples.
    pub loader_threads: usize,
    /// The device's peak in TFLOP/s at the precision of training, for the utilisation (MFU) in `timing.jsonl`. By the data
    /// sheets an A100 has 312 in bf16, an H100 SXM or H200 989, a V100 125 in f16, an L40S 362.
    #[serde(default)]
    pub peak_tflops: Option<f64>,
    /// The precision of matrix products. Not every device has `bf16`.
    #[serde(default)]
    pub precision: Precision,
    /// Whether the masked labels of a step are shuffled. This is a control: nothing but the frequencies of labels can be
    /// learned.
    #[serde(default)]
    pub shuffle_labels: bool,
    /// The time limit, in seconds, of everything that several processes do together: to meet, and to add up a step. Then the
    /// run ends, and says which rank did not come.
    #[serde(default = "default_timeout")]
    pub collective_timeout_s: u64,
    /// The precision in which gradients travel between processes. bf16 halves the bytes; sums are rounded to it.
    #[serde(default)]
    pub reduce_precision: ReducePrecision,
    /// Whether several processes add up gradients in the order of micro-batches, as one process does. Then any number of
    /// processes gives the same bits on `tch:cpu`. Every process receives the gradients of all micro-batches.
    #[serde(default)]
    pub exact: bool,
    /// Steps from one comparison of the parameters of all processes to the next; 0 for none. A rank that differs ends the
    /// run.
    #[serde(default = "default_comparison")]
    pub compare_parameters_every: u64,
}

const fn default_timeout() -> u64 {
    300
}

const fn default_comparison() -> u64 {
    1000
}

/// The precision in which gradients travel between processes (`train.reduce_precision`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReducePrecision {
    /// 4 bytes per parameter.
    #[default]
    F32,
    /// 2 bytes per parameter.
    Bf16,
}

impl ReducePrecision {
    pub(crate) const fn is_bf16(self) -> bool {
        matches!(self, Self::Bf16)
    }
}

impl TrainOptions {
    /// What is due after a step. After the last step everything is due.
    pub(crate) fn due_after(&self, step: u64) -> Due {
        let is_due = |every| step.is_multiple_of(every) || step == self.steps;
        Due {
            metrics: is_due(self.log_every),
            evaluation: is_due(self.evaluate_every),
            checkpoint: is_due(self.checkpoint_every),
        }
    }

    /// Whether the parameters of all processes are compared after a step.
    pub(crate) const fn compares_after(&self, step: u64) -> bool {
        self.compare_parameters_every > 0 && step.is_multiple_of(self.compare_parameters_every)
    }

    /// Looks for an impossible value. The message names the key.
    pub fn problem(&self) -> Option<String> {
        let keys = [
            ("steps", self.steps),
            ("examples_per_step", self.examples_per_step as u64),
            ("micro_batch", self.micro_batch as u64),
            ("evaluate_every", self.evaluate_every),
            ("checkpoint_every", self.checkpoint_every),
            ("keep_checkpoints", self.keep_checkpoints as u64),
            ("log_every", self.log_every),
            ("loader_threads", self.loader_threads as u64),
            ("collective_timeout_s", self.collective_timeout_s),
        ];
        let zero = keys.iter().find(|(_, value)| *value == 0);
        if let Some((key, _)) = zero {
            return Some(format!("train.{key}: expected at least 1, found 0"));
        }
        let peak = self
            .peak_tflops
            .filter(|peak| !(*peak > 0.0 && peak.is_finite()));
        if let Some(peak) = peak {
            return Some(format!("train.peak_tflops: expected above 0, found {peak}"));
        }
        (self.exact && self.reduce_precision.is_bf16()).then(|| {
            "train.reduce_precision: \"bf16\" rounds sums, so it does not go with train.exact; leave one of them out".to_owned()
        })
    }
}

/// What is due after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// A line of metrics.
    pub metrics: bool,
    /// An evaluation on the held-out examples.
    pub evaluation: bool,
    /// A checkpoint.
    pub checkpoint: bool,
}

impl Due {
    /// Whether anything is due.
    pub(crate) const fn any(self) -> bool {
        self.metrics || self.evaluation || self.checkpoint
    }
}

#[cfg(test)]
mod tests {
    use super::{Due, TrainOptions};

    const TRAIN: &str = r#"{"steps": 9, "examples_per_step": 8, "micro_batch": 2, "evaluate_every": 3,
        "checkpoint_every": 3, "keep_checkpoints": 1, "max_skipped_steps": 0, "log_every": 1, "loader_threads": 1}"#;

    #[test]
    fn an_impossible_value_is_refused_with_its_key() {
        let train: TrainOptions = serde_json::from_str(TRAIN).expect("options");
        assert_eq!(train.problem(), None);
        let train = TrainOptions {
            micro_batch: 0,
            ..train
        };
        insta::assert_snapshot!(train.problem().expect("a problem"), @"train.micro_batch: expected at least 1, found 0");
    }

    #[test]
    fn everything_is_due_after_the_last_step() {
        let train: TrainOptions = serde_json::from_str(TRAIN).expect("options");
        let train = TrainOptions { steps: 8, ..train };
        let due = |step| {
            let due = train.due_after(step);
            [due.metrics, due.evaluation, due.checkpoint]
        };
        assert_eq!(due(2), [true, false, false]);
        assert_eq!(due(3), [true, true, true]);
        assert_eq!(due(8), [true, true, true]);
        let nothing = TrainOptions {
            log_every: 100,
            ..train
        }
        .due_after(1);
        assert!(!nothing.any(), "{nothing:?}");
        assert!(
            Due {
                checkpoint: true,
                ..nothing
            }
            .any()
        );
    }
}

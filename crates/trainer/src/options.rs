//! `[train]` of a config.

use model::Precision;
use serde::{Deserialize, Serialize};

/// The loop (`[train]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainOptions {
    /// Updates.
    pub steps: u64,
    /// Examples of an update.
    pub examples_per_step: usize,
    /// Examples computed at once; an update adds up as many micro-batches as it needs.
    pub micro_batch: usize,
    /// Steps between evaluations.
    pub evaluate_every: u64,
    /// Steps between checkpoints. While one is written, the host's memory holds a copy of weights and moments: 12 bytes a
    /// parameter, 1.2 GB for a base and 3.9 GB for a large model.
    pub checkpoint_every: u64,
    /// Checkpoints kept.
    pub keep_checkpoints: usize,
    /// Steps with a loss or gradient that is not finite before the run stops.
    pub max_skipped_steps: u64,
    /// Steps between lines of metrics.
    pub log_every: u64,
    /// Threads that draw examples.
    pub loader_threads: usize,
    /// The device's peak in TFLOP/s at the precision trained in, for the utilisation in `timing.jsonl`: by its maker's
    /// sheet an A100 has 312 in bf16, an H100 SXM or H200 989, a V100 125 in f16, an L40S 362.
    #[serde(default)]
    pub peak_tflops: Option<f64>,
    /// What matrices are multiplied in; not every device has `bf16`.
    #[serde(default)]
    pub precision: Precision,
    /// A control: labels are dealt to other examples, so nothing but their frequencies can be learnt.
    #[serde(default)]
    pub shuffle_labels: bool,
}

impl TrainOptions {
    /// A run of so many steps on the smallest settings: one example a step, everything else once, at the end.
    pub const fn for_steps(steps: u64) -> Self {
        Self {
            steps,
            examples_per_step: 1,
            micro_batch: 1,
            evaluate_every: steps,
            checkpoint_every: steps,
            keep_checkpoints: 1,
            max_skipped_steps: 0,
            log_every: steps,
            loader_threads: 1,
            peak_tflops: None,
            precision: Precision::F32,
            shuffle_labels: false,
        }
    }

    /// What cannot be, as a sentence that names the key.
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
        ];
        let zero = keys.iter().find(|(_, value)| *value == 0);
        if let Some((key, _)) = zero {
            return Some(format!("train.{key}: expected at least 1, found 0"));
        }
        let peak = self
            .peak_tflops
            .filter(|peak| !(*peak > 0.0 && peak.is_finite()));
        peak.map(|peak| format!("train.peak_tflops: expected above 0, found {peak}"))
    }
}

#[cfg(test)]
mod tests {
    use super::TrainOptions;

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
}

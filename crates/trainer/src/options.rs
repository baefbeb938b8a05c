//! `[optimizer]` and `[train]` of a config.

use model::Precision;
use serde::{Deserialize, Serialize};

/// Which update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Decoupled weight decay, bias-corrected.
    Adamw,
    /// You et al. 2020, algorithm 2, without clipping.
    Lamb,
    /// The same with the global norm clipped.
    LambClipped,
    /// NVIDIA's form: no trust ratio on tensors without decay.
    LambNvidia,
}

/// The update (`[optimizer]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerOptions {
    /// Which update.
    pub name: OptimizerName,
    /// The rate at the end of the warm-up.
    pub peak_rate: f64,
    /// Steps of linear warm-up.
    pub warmup_steps: u64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decay of weights; none on biases and layer norms.
    pub weight_decay: f64,
    /// The global norm that gradients are clipped to; `lamb` does not clip.
    pub clip_norm: f64,
}

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

impl OptimizerOptions {
    /// What cannot be, as a sentence that names the key.
    pub fn problem(&self, steps: u64) -> Option<String> {
        let shares = [("beta1", self.beta1), ("beta2", self.beta2)];
        let positive = [
            ("peak_rate", self.peak_rate),
            ("epsilon", self.epsilon),
            ("clip_norm", self.clip_norm),
        ];
        let is_share = |value: f64| (0.0..1.0).contains(&value);
        let is_positive = |value: f64| value > 0.0 && value.is_finite();
        let is_decay = |value: f64| value >= 0.0 && value.is_finite();
        if let Some((key, found)) = shares.iter().find(|(_, value)| !is_share(*value)) {
            return Some(wrong(key, "a number from 0 to below 1", *found));
        }
        if let Some((key, found)) = positive.iter().find(|(_, value)| !is_positive(*value)) {
            return Some(wrong(key, "a number above 0", *found));
        }
        if !is_decay(self.weight_decay) {
            return Some(wrong(
                "weight_decay",
                "a number from 0 on",
                self.weight_decay,
            ));
        }
        let warmup = self.warmup_steps;
        (warmup >= steps)
            .then(|| format!("optimizer.warmup_steps: {warmup} is not below train.steps ({steps})"))
    }
}

fn wrong(key: &str, expected: &str, found: f64) -> String {
    format!("optimizer.{key}: expected {expected}, found {found}")
}

impl TrainOptions {
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
    use super::{OptimizerName, OptimizerOptions, TrainOptions};

    const OPTIMIZER: &str = r#"{"name": "lamb_nvidia", "peak_rate": 1e-4, "warmup_steps": 10, "beta1": 0.9,
        "beta2": 0.999, "epsilon": 1e-6, "weight_decay": 0.01, "clip_norm": 1.0}"#;
    const TRAIN: &str = r#"{"steps": 9, "examples_per_step": 8, "micro_batch": 2, "evaluate_every": 3,
        "checkpoint_every": 3, "keep_checkpoints": 1, "max_skipped_steps": 0, "log_every": 1, "loader_threads": 1}"#;

    #[test]
    fn what_cannot_be_is_told_by_the_name_of_its_key() {
        let good: OptimizerOptions = serde_json::from_str(OPTIMIZER).expect("options");
        assert_eq!(good.name, OptimizerName::LambNvidia);
        assert_eq!(good.problem(11), None);
        let problem = |change: fn(&mut OptimizerOptions)| {
            let mut options = good.clone();
            change(&mut options);
            options.problem(100).expect("a problem")
        };
        insta::assert_snapshot!(problem(|options| options.peak_rate = f64::NAN), @"optimizer.peak_rate: expected a number above 0, found NaN");
        insta::assert_snapshot!(problem(|options| options.beta2 = 1.0), @"optimizer.beta2: expected a number from 0 to below 1, found 1");
        insta::assert_snapshot!(problem(|options| options.warmup_steps = 100), @"optimizer.warmup_steps: 100 is not below train.steps (100)");
        let train: TrainOptions = serde_json::from_str(TRAIN).expect("options");
        assert_eq!(train.problem(), None);
        let train = TrainOptions {
            micro_batch: 0,
            ..train
        };
        insta::assert_snapshot!(train.problem().expect("a problem"), @"train.micro_batch: expected at least 1, found 0");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let more = OPTIMIZER.replace("\"beta1\"", "\"momentum\": 1, \"beta1\"");
        let error = serde_json::from_str::<OptimizerOptions>(&more).expect_err("refused");
        assert!(
            error.to_string().contains("unknown field `momentum`"),
            "{error}"
        );
    }
}

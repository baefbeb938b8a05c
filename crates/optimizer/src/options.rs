//! The section `[optimizer]` of a config: which optimizer, and its constants (method §5).

use serde::{Deserialize, Serialize};

/// Which optimizer (method §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerName {
    /// `AdamW`: Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    Adamw,
    /// Google's Adam of BERT's own programs: no correction of the moments' bias, and weight decay in the update, as in `AdamW`.
    /// MacBERT's authors fine-tune with it.
    BertAdam,
    /// LAMB as published (You et al. 2020, algorithm 2), without clipping.
    Lamb,
    /// LAMB on clipped gradients.
    LambClipped,
    /// LAMB on clipped gradients, with a trust ratio of 1 on tensors without weight decay: the default of `FusedLAMB` in
    /// NVIDIA's apex.
    LambNvidia,
    /// Muon for the matrices of the encoder's layers (Jordan et al. 2024; Liu et al. 2025), `AdamW` for everything else.
    Muon,
}

/// μ of Muon if the config does not say: the value of Jordan et al. 2024.
const MOMENTUM: f64 = 0.95;

/// Which optimizer, and its constants (`[optimizer]`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerOptions {
    /// Which optimizer.
    pub name: OptimizerName,
    /// The learning rate at the end of the warm-up.
    pub peak_rate: f64,
    /// How many steps the linear warm-up takes.
    pub warmup_steps: u64,
    /// β₁: how much of the first moment an update keeps.
    pub beta1: f64,
    /// β₂: how much of the second moment an update keeps.
    pub beta2: f64,
    /// ε: added to the square root of the second moment.
    pub epsilon: f64,
    /// μ: how much of the momentum of a matrix an update of `muon` keeps; 0.95 without this key. No other optimizer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// λ: weight decay. Biases and layer norms have none.
    pub weight_decay: f64,
    /// The largest global norm of gradients; larger ones are clipped to it. `lamb` does not clip.
    pub clip_norm: f64,
}

impl OptimizerOptions {
    /// μ of Muon.
    pub(crate) fn momentum(&self) -> f64 {
        self.momentum.unwrap_or(MOMENTUM)
    }

    /// Looks for an impossible value, for a run of so many steps. The message names the key.
    pub fn problem(&self, steps: u64) -> Option<String> {
        if self.momentum.is_some() && self.name != OptimizerName::Muon {
            let problem = "optimizer.momentum: only muon has a momentum; leave this key out";
            return Some(problem.to_owned());
        }
        let shares = [
            ("beta1", self.beta1),
            ("beta2", self.beta2),
            ("momentum", self.momentum()),
        ];
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

#[cfg(test)]
mod tests {
    use super::{OptimizerName, OptimizerOptions};

    const OPTIMIZER: &str = r#"{"name": "lamb_nvidia", "peak_rate": 1e-4, "warmup_steps": 10, "beta1": 0.9,
        "beta2": 0.999, "epsilon": 1e-6, "weight_decay": 0.01, "clip_norm": 1.0}"#;

    #[test]
    fn an_impossible_value_is_refused_with_its_key() {
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
        insta::assert_snapshot!(problem(|options| options.momentum = Some(0.9)), @"optimizer.momentum: only muon has a momentum; leave this key out");
        let muon = |momentum| OptimizerOptions {
            name: OptimizerName::Muon,
            momentum,
            ..good.clone()
        };
        assert_eq!(
            [Some(0.0), None].map(|momentum| muon(momentum).problem(11)),
            [None, None]
        );
        insta::assert_snapshot!(muon(Some(1.0)).problem(11).expect("a problem"), @"optimizer.momentum: expected a number from 0 to below 1, found 1");
        insta::assert_snapshot!(problem(|options| options.warmup_steps = 100), @"optimizer.warmup_steps: 100 is not below train.steps (100)");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let more = OPTIMIZER.replace("\"beta1\"", "\"momemtum\": 1, \"beta1\"");
        let error = serde_json::from_str::<OptimizerOptions>(&more).expect_err("refused");
        assert!(
            error.to_string().contains("unknown field `momemtum`"),
            "{error}"
        );
    }
}

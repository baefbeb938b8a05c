//! `cargo xtask control`: checks that the default job learns more than word frequencies, and that a run with shuffled labels
//! does not.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::tiny_job::CONFIG;
use crate::{pretrain, shell};

/// The held-out masked loss has to be at least this far below the loss of the unigram baseline, in nats.
const LEAST_BELOW_BASELINE: f64 = 1.0;
/// The accuracy at similar words has to be at least this multiple of the commonest label's share.
const LEAST_TIMES_COMMONEST: f64 = 3.0;

/// Runs the default job as it is and with shuffled labels, and checks that only the first run learns.
pub(crate) fn run(device: &str) -> Result<()> {
    let evaluation = job(device, "runs/tiny/pretrain", &[])?;
    ensure!(
        evaluation.has_learnt(),
        "the default job has learnt too little: {evaluation}"
    );
    shell::say(&format!("the default job: {evaluation}"));
    let control = job(device, "runs/tiny/control", &["train.shuffle_labels=true"])?;
    ensure!(
        !control.has_learnt(),
        "a run with shuffled labels passes: {control}"
    );
    shell::say(&format!(
        "shuffled labels, from which nothing is learnt, as it should be: {control}"
    ));
    Ok(())
}

fn job(device: &str, output: &str, changes: &[&str]) -> Result<Evaluation> {
    // Paths in a config are relative to its folder.
    let mut set = vec![format!("output.directory=../{output}")];
    set.extend(changes.iter().map(|change| (*change).to_owned()));
    pretrain::run(Path::new(CONFIG), device, &set)?;
    Evaluation::read(&shell::root().join(output).join("metrics.jsonl"))
}

/// The last held-out evaluation of a run.
struct Evaluation {
    /// In nats.
    masked_loss: f64,
    /// The masked loss of a model that knows nothing but the labels' frequencies, in nats.
    unigram_loss: f64,
    /// The share of similar words whose original the model predicts.
    similar_accuracy: f64,
    /// The share of the commonest label among all labels.
    commonest_share: f64,
}

impl Evaluation {
    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("could not read {}", path.display()))?;
        let lines = text.lines().map(serde_json::from_str);
        let lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
        let last = lines.iter().rfind(|line| line["kind"] == "evaluation");
        let last = last.with_context(|| format!("{} holds no evaluation", path.display()))?;
        let number = |pointer: &str| {
            let value = last.pointer(pointer).and_then(Value::as_f64);
            value.with_context(|| format!("{} has no {pointer}", path.display()))
        };
        Ok(Self {
            masked_loss: number("/masked_loss")?,
            unigram_loss: number("/unigram_loss")?,
            similar_accuracy: number("/accuracy/similar")?,
            commonest_share: number("/commonest_label_share")?,
        })
    }

    fn has_learnt(&self) -> bool {
        self.unigram_loss - self.masked_loss >= LEAST_BELOW_BASELINE
            && self.similar_accuracy >= LEAST_TIMES_COMMONEST * self.commonest_share
    }
}

impl std::fmt::Display for Evaluation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "held-out masked loss {:.3} nats against {:.3} of the unigram baseline, accuracy at similar words {:.1} % against {:.1} % of the commonest label",
            self.masked_loss,
            self.unigram_loss,
            100.0 * self.similar_accuracy,
            100.0 * self.commonest_share
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Evaluation;

    #[test]
    fn loss_and_accuracy_both_have_to_be_reached() {
        let learnt = |masked_loss, similar_accuracy| {
            let evaluation = Evaluation {
                masked_loss,
                unigram_loss: 6.8,
                similar_accuracy,
                commonest_share: 0.03,
            };
            evaluation.has_learnt()
        };
        assert!(learnt(5.7, 0.1));
        assert!(!learnt(5.9, 0.1));
        assert!(!learnt(5.7, 0.08));
    }
}

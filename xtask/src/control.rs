//! `cargo xtask control`: the default job learns more than frequencies, and a run whose labels are shuffled does not.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{pretrain, shell};

/// How far the held-out masked loss has to be below the unigram baseline, in nats.
const LEAST_BELOW_BASELINE: f64 = 1.0;
/// How many times the commonest label's share the accuracy at similar words has to be.
const LEAST_TIMES_COMMONEST: f64 = 3.0;
const CONFIG: &str = "configs/tiny.toml";

/// Runs the default job twice, as it is and with shuffled labels, and holds both against what a model has to learn.
pub(crate) fn run(device: &str) -> Result<()> {
    let figures = job(device, "runs/tiny/pretrain", &[])?;
    ensure!(
        figures.has_learnt(),
        "the default job has learnt too little: {figures}"
    );
    shell::say(&format!("the default job: {figures}"));
    let control = job(device, "runs/tiny/control", &["train.shuffle_labels=true"])?;
    ensure!(
        !control.has_learnt(),
        "a run with shuffled labels passes: {control}"
    );
    shell::say(&format!(
        "shuffled labels, which fail as they should: {control}"
    ));
    Ok(())
}

fn job(device: &str, output: &str, changes: &[&str]) -> Result<Figures> {
    // Paths in a config are relative to its folder.
    let mut set = vec![format!("output.directory=../{output}")];
    set.extend(changes.iter().map(|change| (*change).to_owned()));
    pretrain::run(Path::new(CONFIG), device, &set)?;
    Figures::read(&shell::root().join(output).join("metrics.jsonl"))
}

/// The last held-out figures of a run.
struct Figures {
    masked_loss: f64,
    unigram_loss: f64,
    similar_accuracy: f64,
    commonest_share: f64,
}

impl Figures {
    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("could not read {}", path.display()))?;
        let lines = text.lines().map(serde_json::from_str);
        let lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
        let last = lines.iter().rfind(|line| line["kind"] == "evaluation");
        let last = last.with_context(|| format!("{} holds no evaluation", path.display()))?;
        let figure = |pointer: &str| {
            let value = last.pointer(pointer).and_then(Value::as_f64);
            value.with_context(|| format!("{} has no {pointer}", path.display()))
        };
        Ok(Self {
            masked_loss: figure("/masked_loss")?,
            unigram_loss: figure("/unigram_loss")?,
            similar_accuracy: figure("/accuracy/similar")?,
            commonest_share: figure("/commonest_label_share")?,
        })
    }

    fn has_learnt(&self) -> bool {
        self.unigram_loss - self.masked_loss >= LEAST_BELOW_BASELINE
            && self.similar_accuracy >= LEAST_TIMES_COMMONEST * self.commonest_share
    }
}

impl std::fmt::Display for Figures {
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
    use super::Figures;

    #[test]
    fn both_figures_have_to_be_reached() {
        let learnt = |masked_loss, similar_accuracy| {
            let figures = Figures {
                masked_loss,
                unigram_loss: 6.8,
                similar_accuracy,
                commonest_share: 0.03,
            };
            figures.has_learnt()
        };
        assert!(learnt(5.7, 0.1));
        assert!(!learnt(5.9, 0.1));
        assert!(!learnt(5.7, 0.08));
    }
}

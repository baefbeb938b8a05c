//! The results of one run of a study, as its folder keeps them.
//!
//! Nothing in `results.json` depends on time. What does is in `cost.json`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use trainer::Summary;

use crate::reports::metrics::{Point, RunMetrics};

/// The results of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunResults {
    /// Number of steps.
    pub steps: u64,
    /// Number of steps whose update was skipped.
    pub skipped_steps: u64,
    /// Number of examples of all steps.
    pub n_examples: u64,
    /// Number of pieces of these examples, without padding.
    pub n_pieces: u64,
    /// The held-out curves under the run's own objective.
    pub own: Measured,
    /// The held-out curves under each judge, by its name.
    pub judges: BTreeMap<String, Measured>,
}

/// Held-out curves under one objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measured {
    /// The loss of a model that guesses labels by their frequency, in nats.
    pub unigram_loss: f64,
    /// The evaluations, by step.
    pub points: Vec<MeasuredPoint>,
}

/// The metrics on the held-out examples after a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasuredPoint {
    /// The step.
    pub step: u64,
    /// Mean masked loss, in nats.
    pub masked_loss: f64,
    /// The share of masked pieces that are predicted correctly, 0 to 1.
    pub masked_accuracy: f64,
    /// The share of order labels that are predicted correctly, 0 to 1; `None` without pairs.
    pub order_accuracy: Option<f64>,
}

/// What a run cost. The clock measured it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunCost {
    /// The device of the last call that trained.
    pub device: String,
    /// Seconds of all steps, without evaluations and checkpoints. Steps whose time was lost, because the run was stopped
    /// between two lines of `timing.jsonl`, count as the others on average.
    pub seconds: f64,
}

impl RunResults {
    /// Collects the results from the files of a finished run. `judges` are the unigram losses of the judges, by their names.
    pub(crate) fn collect(
        folder: &Path,
        summary: &Summary,
        n_examples: u64,
        judges: &BTreeMap<String, f64>,
    ) -> Result<Self> {
        let metrics = RunMetrics::read(folder)?;
        let unigram_loss = summary.baseline.map(|baseline| baseline.loss);
        let own = Measured {
            unigram_loss: unigram_loss.context("the run was not evaluated")?,
            points: measured(|figure| metrics.held_out(figure)),
        };
        let judges = judges.iter().map(|(name, unigram_loss)| {
            let points = measured(|figure| metrics.judged(name, figure));
            let unigram_loss = *unigram_loss;
            (
                name.clone(),
                Measured {
                    unigram_loss,
                    points,
                },
            )
        });
        let results = Self {
            steps: summary.step,
            skipped_steps: summary.skipped_steps,
            n_examples,
            n_pieces: summary.n_pieces,
            own,
            judges: judges.collect(),
        };
        for measured in std::iter::once(&results.own).chain(results.judges.values()) {
            ensure!(
                measured
                    .last()
                    .is_some_and(|point| point.step == summary.step),
                "the held-out loss after step {} is not finite; lower optimizer.peak_rate",
                summary.step
            );
        }
        Ok(results)
    }
}

impl Measured {
    /// The last evaluation.
    pub(crate) fn last(&self) -> Option<&MeasuredPoint> {
        self.points.last()
    }
}

impl RunCost {
    /// Collects the cost from the files of a finished run.
    pub(crate) fn collect(folder: &Path, steps: u64, device: &str) -> Result<Self> {
        let metrics = RunMetrics::read(folder)?;
        let sum = |figure| -> f64 {
            let points = metrics.timing(figure);
            points.iter().map(|point| point.value).sum()
        };
        let n_timed = sum("/steps").max(1.0);
        Ok(Self {
            device: device.to_owned(),
            seconds: sum("/seconds") * steps as f64 / n_timed,
        })
    }
}

/// Joins curves of metrics by their steps. `curve` gives the points of a metric, named by a JSON pointer.
fn measured(curve: impl Fn(&str) -> Vec<Point>) -> Vec<MeasuredPoint> {
    let by_step = |figure| -> BTreeMap<u64, f64> {
        let points = curve(figure).into_iter();
        points
            .map(|point| (point.step as u64, point.value))
            .collect()
    };
    let (accuracy, order) = (by_step("/masked_accuracy"), by_step("/order_accuracy"));
    let points = by_step("/masked_loss")
        .into_iter()
        .map(|(step, masked_loss)| MeasuredPoint {
            step,
            masked_loss,
            masked_accuracy: accuracy.get(&step).copied().unwrap_or_default(),
            order_accuracy: order.get(&step).copied(),
        });
    points.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use trainer::Summary;

    use super::{MeasuredPoint, RunCost, RunResults};

    const METRICS: &str = concat!(
        r#"{"kind":"train","step":2,"masked_loss":9.0}"#,
        "\n",
        r#"{"kind":"evaluation","step":2,"masked_loss":7.0,"masked_accuracy":0.25,"order_accuracy":null}"#,
        "\n",
        r#"{"kind":"judge","judge":"mac","step":2,"masked_loss":6.0,"masked_accuracy":0.5,"order_accuracy":0.75}"#,
        "\n",
        r#"{"kind":"judge","judge":"wwm","step":2,"masked_loss":null,"masked_accuracy":0.5}"#,
        "\n",
    );

    fn collect(judge: &str) -> anyhow::Result<RunResults> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("metrics.jsonl"), METRICS)?;
        std::fs::write(folder.path().join("timing.jsonl"), "")?;
        let summary = Summary {
            step: 2,
            stopped: false,
            skipped_steps: 0,
            n_pieces: 77,
            evaluation: None,
            baseline: Some(dataset::Baseline::default()),
            checkpoint: PathBuf::new(),
        };
        let judges = BTreeMap::from([(judge.to_owned(), 6.5)]);
        RunResults::collect(folder.path(), &summary, 8, &judges)
    }

    #[test]
    fn results_are_read_from_the_lines_of_the_own_objective_and_of_each_judge() {
        let results = collect("mac").expect("results");
        assert_eq!((results.n_examples, results.n_pieces), (8, 77));
        let point = |masked_loss, masked_accuracy, order_accuracy| MeasuredPoint {
            step: 2,
            masked_loss,
            masked_accuracy,
            order_accuracy,
        };
        assert_eq!(results.own.points, [point(7.0, 0.25, None)]);
        assert_eq!(results.judges["mac"].points, [point(6.0, 0.5, Some(0.75))]);
    }

    #[test]
    fn a_loss_that_is_not_finite_at_the_end_is_an_error() {
        let error = collect("wwm").expect_err("refused").to_string();
        assert!(error.contains("after step 2 is not finite"), "{error}");
    }

    /// Two of the ten steps were timed by a process that was stopped before their line was written.
    #[test]
    fn steps_whose_time_was_lost_count_as_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("metrics.jsonl"), "").expect("written");
        let timing = "{\"step\":5,\"steps\":5,\"seconds\":10.0}\n{\"step\":10,\"steps\":3,\"seconds\":6.0}\n";
        std::fs::write(folder.path().join("timing.jsonl"), timing).expect("written");
        let cost = RunCost::collect(folder.path(), 10, "flex").expect("a cost");
        assert!((cost.seconds - 20.0).abs() < 1e-9, "{cost:?}");
    }
}

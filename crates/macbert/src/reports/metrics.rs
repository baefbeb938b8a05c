//! The metrics of a run, read from the files that `pretrain` wrote line by line.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The value of a metric at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub step: f64,
    pub value: f64,
}

/// The lines of `metrics.jsonl` and `timing.jsonl`.
pub(crate) struct RunMetrics {
    metrics: Vec<Value>,
    timing: Vec<Value>,
}

impl RunMetrics {
    /// Reads the metrics in the folder of a run.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            metrics: read_lines(&folder.join("metrics.jsonl"))?,
            timing: read_lines(&folder.join("timing.jsonl"))?,
        })
    }

    /// A metric of the training steps, named by a JSON pointer such as `/masked_loss`.
    pub(crate) fn train(&self, figure: &str) -> Vec<Point> {
        points(of_kind(&self.metrics, "train"), figure)
    }

    /// A metric of the evaluations, named by a JSON pointer.
    pub(crate) fn held_out(&self, figure: &str) -> Vec<Point> {
        points(of_kind(&self.metrics, "evaluation"), figure)
    }

    /// A metric of the evaluations under a judge, named by a JSON pointer.
    pub(crate) fn judged(&self, judge: &str, figure: &str) -> Vec<Point> {
        let lines = of_kind(&self.metrics, "judge");
        points(lines.filter(|line| line["judge"] == judge), figure)
    }

    /// A metric of the timing, named by a JSON pointer.
    pub(crate) fn timing(&self, figure: &str) -> Vec<Point> {
        points(self.timing.iter(), figure)
    }
}

fn read_lines(path: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| path.display().to_string()))
        .collect()
}

fn of_kind<'l>(lines: &'l [Value], kind: &'l str) -> impl Iterator<Item = &'l Value> {
    lines.iter().filter(move |line| line["kind"] == kind)
}

/// Returns a point for each line that has the metric.
fn points<'l>(lines: impl Iterator<Item = &'l Value>, figure: &str) -> Vec<Point> {
    lines
        .filter_map(|line| {
            Some(Point {
                step: line["step"].as_f64()?,
                value: line.pointer(figure)?.as_f64()?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Point, RunMetrics};

    #[test]
    fn a_figure_is_read_from_the_lines_that_have_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let metrics = "{\"kind\":\"train\",\"step\":1,\"loss\":3.5}\n{\"kind\":\"train\",\"step\":2,\"loss\":null}\n\
                       {\"kind\":\"evaluation\",\"step\":2,\"accuracy\":{\"kept\":0.5}}\n";
        std::fs::write(folder.path().join("metrics.jsonl"), metrics).expect("written");
        std::fs::write(folder.path().join("timing.jsonl"), "").expect("written");
        let read = RunMetrics::read(folder.path()).expect("metrics");
        let (step, value) = (1.0, 3.5);
        assert_eq!(read.train("/loss"), [Point { step, value }]);
        assert_eq!(read.held_out("/accuracy/kept").len(), 1);
        assert_eq!(read.timing("/tokens_per_second"), []);
    }
}

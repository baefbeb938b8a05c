//! The run's figures: `metrics.jsonl` without any clock, `timing.jsonl` with it, and TensorBoard's event file.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use batch::Baseline;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::TrainerError;
use crate::evaluate::{Evaluation, kinds};
use crate::step::Step;
use crate::tensorboard::EventWriter;

/// Means over the steps since the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    n_steps: u64,
    masked_loss: f64,
    order_loss: f64,
    gradient_norm: f64,
}

impl Window {
    /// Adds a step; skipped ones do not count.
    pub(crate) fn add(&mut self, step: &Step) {
        if !step.skipped {
            self.n_steps += 1;
            self.masked_loss += step.masked_loss;
            self.order_loss += step.order_loss;
            self.gradient_norm += step.gradient_norm;
        }
    }

    /// Mean masked loss, in nats.
    pub(crate) fn masked_loss(&self) -> f64 {
        self.mean(self.masked_loss)
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / self.n_steps.max(1) as f64
    }
}

/// Clock figures of a window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timing {
    pub elapsed: Duration,
    pub waited: Duration,
    pub n_tokens: u64,
    pub n_examples: u64,
}

impl Timing {
    pub(crate) fn tokens_per_second(&self) -> f64 {
        self.n_tokens as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
}

/// Writes the run's figures.
pub(crate) struct Metrics {
    metrics: File,
    timing: File,
    events: EventWriter,
    path: std::path::PathBuf,
    bytes: u64,
}

impl Metrics {
    /// Opens the files of a run that goes on after `step`, with `bytes` of metrics behind it: what a stopped run wrote
    /// beyond its last checkpoint is cut off, so that the file ends as if the run had never stopped.
    pub(crate) fn open(folder: &Path, step: u64, bytes: u64) -> Result<Self, TrainerError> {
        let path = folder.join("metrics.jsonl");
        let open = || -> std::io::Result<(File, File, EventWriter)> {
            let metrics = OpenOptions::new()
                .create(true)
                .write(true)
                .truncate(false)
                .open(&path)?;
            metrics.set_len(bytes)?;
            drop(metrics);
            let append = |name: &str| {
                OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(folder.join(name))
            };
            let timing = append("timing.jsonl")?;
            if step == 0 {
                timing.set_len(0)?;
            }
            Ok((
                append("metrics.jsonl")?,
                timing,
                EventWriter::create(&folder.join("events"), step)?,
            ))
        };
        let (metrics, timing, events) = open().map_err(TrainerError::file(&path))?;
        Ok(Self {
            metrics,
            timing,
            events,
            path,
            bytes,
        })
    }

    /// Bytes of `metrics.jsonl` so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A line of training figures.
    pub(crate) fn train(
        &mut self,
        step: u64,
        epoch: u64,
        rate: f64,
        skipped: u64,
        window: &Window,
        timing: &Timing,
    ) -> Result<(), TrainerError> {
        let (masked_loss, order_loss) = (window.masked_loss(), window.mean(window.order_loss));
        let gradient_norm = window.mean(window.gradient_norm);
        self.line(&json!({
            "kind": "train", "step": step, "epoch": epoch, "learning_rate": rate, "masked_loss": masked_loss,
            "order_loss": order_loss, "gradient_norm": gradient_norm, "skipped_steps": skipped,
        }))?;
        let tokens_per_second = timing.tokens_per_second();
        let examples_per_second = timing.n_examples as f64 / timing.elapsed.as_secs_f64().max(1e-9);
        let waiting = timing.waited.as_secs_f64() / timing.elapsed.as_secs_f64().max(1e-9);
        let line = json!({
            "step": step, "seconds": timing.elapsed.as_secs_f64(), "tokens_per_second": tokens_per_second,
            "examples_per_second": examples_per_second, "data_wait_share": waiting,
        });
        writeln!(self.timing, "{line}").map_err(TrainerError::file(&self.path))?;
        self.scalars(
            step,
            &[
                ("train/masked_loss", masked_loss),
                ("train/order_loss", order_loss),
                ("train/gradient_norm", gradient_norm),
                ("train/learning_rate", rate),
                ("throughput/tokens_per_second", tokens_per_second),
                ("throughput/data_wait_share", waiting),
            ],
        )
    }

    /// A line of held-out figures.
    pub(crate) fn evaluation(
        &mut self,
        step: u64,
        evaluation: &Evaluation,
        baseline: &Baseline,
    ) -> Result<(), TrainerError> {
        let accuracy: serde_json::Map<String, serde_json::Value> = kinds(evaluation)
            .map(|(name, counts)| (name.to_owned(), json!(counts.accuracy())))
            .collect();
        self.line(&json!({
            "kind": "evaluation", "step": step, "masked_loss": evaluation.masked_loss,
            "perplexity": evaluation.perplexity, "accuracy": accuracy,
            "masked_accuracy": evaluation.masked_accuracy(), "order_loss": evaluation.order_loss,
            "order_accuracy": evaluation.order_accuracy, "unigram_loss": baseline.loss,
            "commonest_label_share": baseline.commonest_share, "n_examples": evaluation.n_examples,
        }))?;
        let mut scalars = vec![
            ("held_out/masked_loss".to_owned(), evaluation.masked_loss),
            (
                "held_out/masked_accuracy".to_owned(),
                evaluation.masked_accuracy(),
            ),
            (
                "held_out/order_accuracy".to_owned(),
                evaluation.order_accuracy,
            ),
            ("held_out/unigram_loss".to_owned(), baseline.loss),
        ];
        for (name, counts) in kinds(evaluation) {
            scalars.push((
                format!("held_out/accuracy_{name}"),
                counts.accuracy().unwrap_or(0.0),
            ));
        }
        let scalars: Vec<(&str, f64)> = scalars
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        self.scalars(step, &scalars)
    }

    /// Makes what was written last.
    pub(crate) fn sync(&mut self) -> Result<(), TrainerError> {
        self.metrics
            .sync_all()
            .map_err(TrainerError::file(&self.path))
    }

    fn line(&mut self, line: &serde_json::Value) -> Result<(), TrainerError> {
        let line = format!("{line}\n");
        self.metrics
            .write_all(line.as_bytes())
            .map_err(TrainerError::file(&self.path))?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    fn scalars(&mut self, step: u64, scalars: &[(&str, f64)]) -> Result<(), TrainerError> {
        self.events
            .scalars(step, scalars)
            .map_err(TrainerError::file(&self.path))
    }
}

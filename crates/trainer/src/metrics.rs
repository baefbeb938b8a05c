//! The metrics of a run, in three places: `metrics.jsonl`, `timing.jsonl` and TensorBoard's event files.
//!
//! `metrics.jsonl` has nothing that depends on time, so two runs with the same config write the same bytes on the pure-Rust
//! device. `timing.jsonl` has the rest, for the steps since the line before:
//!
//! | key | value |
//! | --- | --- |
//! | `step` | the last of these steps |
//! | `steps` | their number; fewer than since the line before if the run was stopped in between |
//! | `seconds` | time of these steps, without evaluations and copies for checkpoints |
//! | `tokens_per_second` | pieces per second, without padding |
//! | `examples_per_second` | examples per second |
//! | `data_wait_share` | share of the time in which the loop waited for examples, 0 to 1 |
//! | `model_tflops_per_second` | floating point operations per second of the model, in 10¹² |
//! | `model_flops_utilisation` | the same as a share of `train.peak_tflops`, 0 to 1 (MFU); `null` without that key |
//! | `memory_bytes` | peak of the process's memory on the host so far; `null` on other systems than Linux |
//! | `device_memory_bytes` | peak of the memory of all tensors on the GPU so far; `null` except on LibTorch's GPUs |

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use dataset::Baseline;
use device::PeakMemory;
use serde_json::{Map, Value, json};
use tensorflow::{EventWriter, Scalar};

use crate::error::TrainerError;
use crate::evaluate::{Evaluation, kinds};
use crate::progress::ProgressSender;
use crate::settings::SettingChange;
use crate::state::{RunState, Window};
use crate::timing::Speed;

/// The metrics of training since the last line.
#[derive(Clone, Copy)]
pub(crate) struct TrainingMetrics {
    pub window: Window,
    pub learning_rate: f64,
    pub speed: Speed,
    pub memory: PeakMemory,
}

/// The files that the metrics of a run are written to.
pub(crate) struct MetricsFiles {
    metrics: Lines,
    timing: Lines,
    events: EventWriter,
    events_folder: PathBuf,
    n_bytes: u64,
}

impl MetricsFiles {
    /// Opens the files for a run that continues from a state, or starts.
    ///
    /// An earlier process may have written lines after its last checkpoint. They are cut off, so that `metrics.jsonl` is in
    /// the end as if the run had never stopped.
    pub(crate) fn open(
        folder: &Path,
        state: &mut RunState,
        progress: &ProgressSender,
    ) -> Result<Self, TrainerError> {
        let metrics = Lines::open_at(folder.join("metrics.jsonl"), |path, length| {
            if length < state.metrics_bytes {
                progress.warn(format!(
                    "{} has {length} bytes, but {} when the checkpoint was written; some of its lines are missing",
                    path.display(),
                    state.metrics_bytes
                ));
                state.metrics_bytes = length;
            }
            state.metrics_bytes
        })?;
        let timing = Lines::open_until(folder.join("timing.jsonl"), state.step)?;
        let events_folder = folder.join("events");
        let events = EventWriter::create(&events_folder, state.step)
            .map_err(TrainerError::file(&events_folder))?;
        Ok(Self {
            metrics,
            timing,
            events,
            events_folder,
            n_bytes: state.metrics_bytes,
        })
    }

    /// Writes the metrics of training. The statistics of all steps were read before, so the device has finished them, and
    /// the time is the time that they took.
    pub(crate) fn training(
        &mut self,
        state: &RunState,
        metrics: &TrainingMetrics,
    ) -> Result<(), TrainerError> {
        let TrainingMetrics {
            window,
            learning_rate,
            speed,
            memory,
        } = metrics;
        self.line(&json!({
            "kind": "train", "step": state.step, "epoch": state.epoch, "learning_rate": learning_rate,
            "masked_loss": window.masked_loss(), "order_loss": window.order_loss(),
            "gradient_norm": window.gradient_norm(), "skipped_steps": state.skipped_steps,
        }))?;
        self.timing.write(&json!({
            "step": state.step, "steps": speed.n_steps, "seconds": speed.seconds, "tokens_per_second": speed.tokens_per_second,
            "examples_per_second": speed.examples_per_second, "data_wait_share": speed.data_wait_share,
            "model_tflops_per_second": speed.model_tflops_per_second,
            "model_flops_utilisation": speed.model_flops_utilisation,
            "memory_bytes": memory.host_bytes, "device_memory_bytes": memory.device_bytes,
        }))?;
        self.scalars(state.step, scalars_of(metrics))
    }

    /// Writes that a setting changed.
    pub(crate) fn change(&mut self, change: &SettingChange) -> Result<(), TrainerError> {
        self.line(&json!({
            "kind": "change", "step": change.step, "key": change.key, "from": change.from, "to": change.to,
        }))
    }

    /// Writes the metrics on the held-out examples.
    pub(crate) fn evaluation(
        &mut self,
        step: u64,
        evaluation: &Evaluation,
        baseline: &Baseline,
    ) -> Result<(), TrainerError> {
        self.line(&json!({
            "kind": "evaluation", "step": step, "masked_loss": evaluation.masked_loss,
            "perplexity": evaluation.perplexity, "accuracy": accuracies(evaluation),
            "masked_accuracy": evaluation.masked_accuracy(), "order_loss": evaluation.order_loss,
            "order_accuracy": evaluation.order_accuracy, "unigram_loss": baseline.loss,
            "commonest_label_share": baseline.commonest_share, "n_examples": evaluation.n_examples,
        }))?;
        let scalars = [
            scalar("held_out/masked_loss", evaluation.masked_loss),
            scalar("held_out/masked_accuracy", evaluation.masked_accuracy()),
            scalar("held_out/order_accuracy", evaluation.order_accuracy),
            scalar("held_out/unigram_loss", baseline.loss),
        ];
        let by_kind = kinds(evaluation).filter_map(|(name, counts)| {
            Some(scalar(
                &format!("held_out/accuracy_{name}"),
                counts.accuracy()?,
            ))
        });
        self.scalars(step, scalars.into_iter().chain(by_kind))
    }

    /// Writes the metrics under a judge.
    pub(crate) fn judgement(
        &mut self,
        step: u64,
        judge: &str,
        evaluation: &Evaluation,
    ) -> Result<(), TrainerError> {
        self.line(&json!({
            "kind": "judge", "judge": judge, "step": step, "masked_loss": evaluation.masked_loss,
            "accuracy": accuracies(evaluation), "masked_accuracy": evaluation.masked_accuracy(),
            "order_loss": evaluation.order_loss, "order_accuracy": evaluation.order_accuracy,
            "n_examples": evaluation.n_examples,
        }))?;
        let loss = scalar(
            &format!("judge/{judge}/masked_loss"),
            evaluation.masked_loss,
        );
        self.scalars(step, [loss])
    }

    /// Syncs `metrics.jsonl` to the disk, and returns its size in bytes.
    pub(crate) fn sync(&mut self) -> Result<u64, TrainerError> {
        self.metrics.sync()?;
        Ok(self.n_bytes)
    }

    fn line(&mut self, line: &Value) -> Result<(), TrainerError> {
        self.n_bytes += self.metrics.write(line)?;
        Ok(())
    }

    fn scalars(
        &mut self,
        step: u64,
        scalars: impl IntoIterator<Item = Scalar>,
    ) -> Result<(), TrainerError> {
        self.events
            .scalars(step, scalars)
            .map_err(TrainerError::file(&self.events_folder))
    }
}

/// The accuracies of an evaluation by the kind of masked position.
fn accuracies(evaluation: &Evaluation) -> Map<String, Value> {
    kinds(evaluation)
        .map(|(name, counts)| (name.to_owned(), json!(counts.accuracy())))
        .collect()
}

/// The metrics of training that are known, for TensorBoard.
fn scalars_of(metrics: &TrainingMetrics) -> impl Iterator<Item = Scalar> {
    let TrainingMetrics {
        window,
        learning_rate,
        speed,
        memory,
    } = metrics;
    let bytes = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64);
    let all = [
        ("train/masked_loss", Some(window.masked_loss())),
        ("train/order_loss", Some(window.order_loss())),
        ("train/gradient_norm", Some(window.gradient_norm())),
        ("train/learning_rate", Some(*learning_rate)),
        (
            "throughput/tokens_per_second",
            Some(speed.tokens_per_second),
        ),
        ("throughput/data_wait_share", Some(speed.data_wait_share)),
        (
            "throughput/model_tflops_per_second",
            Some(speed.model_tflops_per_second),
        ),
        (
            "throughput/model_flops_utilisation",
            speed.model_flops_utilisation,
        ),
        ("memory/host_bytes", bytes(memory.host_bytes)),
        ("memory/device_bytes", bytes(memory.device_bytes)),
    ];
    all.into_iter()
        .filter_map(|(tag, value)| Some(scalar(tag, value?)))
}

fn scalar(tag: &str, value: f64) -> Scalar {
    Scalar {
        tag: tag.to_owned(),
        value,
    }
}

/// A file of JSON lines.
struct Lines {
    path: PathBuf,
    file: File,
}

impl Lines {
    /// Opens a file, and cuts it to the length that `keep` chooses. `keep` gets the path and the present length in bytes.
    fn open_at(path: PathBuf, keep: impl FnOnce(&Path, u64) -> u64) -> Result<Self, TrainerError> {
        let open = || -> io::Result<File> {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            let length = file.metadata()?.len();
            file.set_len(keep(&path, length))?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(TrainerError::file(&path))?;
        Ok(Self { path, file })
    }

    /// Opens a file, and removes the lines of later steps, which will be done again, and a last line that is cut short.
    fn open_until(path: PathBuf, step: u64) -> Result<Self, TrainerError> {
        let open = || -> io::Result<File> {
            keep_until(&path, step)?;
            OpenOptions::new().create(true).append(true).open(&path)
        };
        let file = open().map_err(TrainerError::file(&path))?;
        Ok(Self { path, file })
    }

    /// Appends a line, and returns its size in bytes.
    fn write(&mut self, line: &Value) -> Result<u64, TrainerError> {
        let line = format!("{line}\n");
        self.file
            .write_all(line.as_bytes())
            .map_err(TrainerError::file(&self.path))?;
        Ok(line.len() as u64)
    }

    fn sync(&self) -> Result<(), TrainerError> {
        self.file.sync_all().map_err(TrainerError::file(&self.path))
    }
}

/// Removes the lines of steps after `step` from a file, and a last line that is cut short.
fn keep_until(path: &Path, step: u64) -> io::Result<()> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        text => text?,
    };
    let is_kept = |line: &&str| {
        serde_json::from_str::<Value>(line)
            .is_ok_and(|line| line["step"].as_u64().is_some_and(|at| at <= step))
    };
    let kept: String = text.split_inclusive('\n').filter(is_kept).collect();
    fs::write(path, kept)
}

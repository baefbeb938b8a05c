//! The run's figures: `metrics.jsonl` without any clock, `timing.jsonl` with it, and TensorBoard's event file.
//!
//! | in `timing.jsonl` | what, of the steps since the line before |
//! | --- | --- |
//! | `step` | the last of them |
//! | `seconds` | evaluations, and copies for checkpoints, left out |
//! | `tokens_per_second` | pieces without padding |
//! | `examples_per_second` | |
//! | `data_wait_share` | of the seconds, 0 to 1: the loop waited for examples |
//! | `model_tflops_per_second` | of the model's own operations, in 10¹² |
//! | `model_flops_utilisation` | of `train.peak_tflops`, 0 to 1 (MFU); `null` without it |
//! | `memory_bytes` | the most that the process has had in the host's memory so far; `null` but on Linux |
//! | `device_memory_bytes` | the most that tensors have taken of a GPU's memory so far; `null` but on LibTorch's GPUs |

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dataset::{Baseline, StepBatch};
use device::PeakMemory;
use serde_json::{Map, Value, json};
use tensorflow::EventWriter;

use crate::error::TrainerError;
use crate::evaluate::{Evaluation, kinds};
use crate::run::Progress;
use crate::state::{RunState, Window};

/// Clock figures of the steps since the last line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    since: Instant,
    left_out: Duration,
    n_tokens: u64,
    n_examples: u64,
    flops: f64,
    /// The most floating point operations a second that the device is made for, where the config says it.
    peak_flops: Option<f64>,
    /// Time that the loop spent waiting for examples. A device with steps in its queue works on meanwhile.
    pub waited: Duration,
}

impl Timing {
    pub(crate) fn start(peak_flops: Option<f64>) -> Self {
        Self {
            since: Instant::now(),
            left_out: Duration::ZERO,
            n_tokens: 0,
            n_examples: 0,
            flops: 0.0,
            peak_flops,
            waited: Duration::ZERO,
        }
    }

    /// The same from now on.
    pub(crate) fn restart(&self) -> Self {
        Self::start(self.peak_flops)
    }

    /// Counts a step of so many floating point operations.
    pub(crate) fn add(&mut self, batch: &StepBatch, flops: f64) {
        self.flops += flops;
        let n_examples = batch.micro_batches.iter().map(|batch| batch.n_examples);
        self.n_examples += n_examples.sum::<usize>() as u64;
        self.n_tokens += batch.n_tokens;
    }

    /// Time of something else than training.
    pub(crate) fn leave_out(&mut self, time: Duration) {
        self.left_out += time;
    }

    fn seconds(&self) -> f64 {
        let elapsed = self.since.elapsed().saturating_sub(self.left_out);
        elapsed.as_secs_f64().max(1e-9)
    }

    /// Floating point operations a second, padding and recomputing aside.
    fn flops_per_second(&self) -> f64 {
        self.flops / self.seconds()
    }

    /// The share of the device's peak that the model's own operations take (MFU); `None` where the config names no peak.
    fn utilisation(&self) -> Option<f64> {
        Some(self.flops_per_second() / self.peak_flops?)
    }

    /// Pieces without padding a second.
    pub(crate) fn tokens_per_second(&self) -> f64 {
        self.n_tokens as f64 / self.seconds()
    }
}

/// Writes the run's figures.
pub(crate) struct Metrics {
    figures: File,
    timing: File,
    events: EventWriter,
    path: PathBuf,
    bytes: u64,
}

impl Metrics {
    /// Opens the files of a run that is at `state`. What a stopped run wrote beyond its last checkpoint is cut off, so
    /// that `metrics.jsonl` ends as if the run had never stopped.
    pub(crate) fn open(
        folder: &Path,
        state: &mut RunState,
        say: &impl Fn(Progress),
    ) -> Result<Self, TrainerError> {
        let path = folder.join("metrics.jsonl");
        let mut open = || -> io::Result<Self> {
            let mut figures = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            let there = figures.metadata()?.len();
            if there < state.metrics_bytes {
                say(Progress::Warning(format!(
                    "{} has {there} bytes, but the checkpoint knows of {}; its figures are not whole",
                    path.display(),
                    state.metrics_bytes
                )));
                state.metrics_bytes = there;
            }
            figures.set_len(state.metrics_bytes)?;
            figures.seek(SeekFrom::End(0))?;
            let timing = folder.join("timing.jsonl");
            keep_until(&timing, state.step)?;
            Ok(Self {
                figures,
                timing: OpenOptions::new().create(true).append(true).open(timing)?,
                events: EventWriter::create(&folder.join("events"), state.step)?,
                path: path.clone(),
                bytes: state.metrics_bytes,
            })
        };
        open().map_err(TrainerError::file(&path))
    }

    /// A line of training figures; the next line's begin anew. The figures of its steps were read, so that the device is
    /// through with them and the clock says how long they took.
    pub(crate) fn train(
        &mut self,
        state: &mut RunState,
        rate: f64,
        timing: &Timing,
        memory: PeakMemory,
    ) -> Result<(), TrainerError> {
        let window = std::mem::take(&mut state.window);
        let (step, epoch, skipped) = (state.step, state.epoch, state.skipped_steps);
        self.line(&json!({
            "kind": "train", "step": step, "epoch": epoch, "learning_rate": rate,
            "masked_loss": window.masked_loss(), "order_loss": window.order_loss(),
            "gradient_norm": window.gradient_norm(), "skipped_steps": skipped,
        }))?;
        let seconds = timing.seconds();
        let waiting = timing.waited.as_secs_f64() / seconds;
        let line = json!({
            "step": step, "seconds": seconds, "tokens_per_second": timing.tokens_per_second(),
            "examples_per_second": timing.n_examples as f64 / seconds, "data_wait_share": waiting,
            "model_tflops_per_second": timing.flops_per_second() / 1e12,
            "model_flops_utilisation": timing.utilisation(),
            "memory_bytes": memory.host_bytes, "device_memory_bytes": memory.device_bytes,
        });
        writeln!(self.timing, "{line}").map_err(TrainerError::file(&self.path))?;
        self.train_scalars(step, &window, rate, timing, waiting, memory)
    }

    fn train_scalars(
        &mut self,
        step: u64,
        window: &Window,
        rate: f64,
        timing: &Timing,
        waiting: f64,
        memory: PeakMemory,
    ) -> Result<(), TrainerError> {
        let scalars = [
            ("train/masked_loss", window.masked_loss()),
            ("train/order_loss", window.order_loss()),
            ("train/gradient_norm", window.gradient_norm()),
            ("train/learning_rate", rate),
            ("throughput/tokens_per_second", timing.tokens_per_second()),
            ("throughput/data_wait_share", waiting),
            (
                "throughput/model_tflops_per_second",
                timing.flops_per_second() / 1e12,
            ),
        ];
        let bytes = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64);
        let known_somewhere = [
            ("throughput/model_flops_utilisation", timing.utilisation()),
            ("memory/host_bytes", bytes(memory.host_bytes)),
            ("memory/device_bytes", bytes(memory.device_bytes)),
        ];
        let known = known_somewhere
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let scalars = scalars.into_iter().chain(known);
        self.scalars(step, scalars.map(|(name, value)| (name.to_owned(), value)))
    }

    /// A line of held-out figures.
    pub(crate) fn evaluation(
        &mut self,
        step: u64,
        evaluation: &Evaluation,
        baseline: &Baseline,
    ) -> Result<(), TrainerError> {
        let accuracy: Map<String, Value> = kinds(evaluation)
            .map(|(name, counts)| (name.to_owned(), json!(counts.accuracy())))
            .collect();
        self.line(&json!({
            "kind": "evaluation", "step": step, "masked_loss": evaluation.masked_loss,
            "perplexity": evaluation.perplexity, "accuracy": accuracy,
            "masked_accuracy": evaluation.masked_accuracy(), "order_loss": evaluation.order_loss,
            "order_accuracy": evaluation.order_accuracy, "unigram_loss": baseline.loss,
            "commonest_label_share": baseline.commonest_share, "n_examples": evaluation.n_examples,
        }))?;
        let figures = [
            ("masked_loss", evaluation.masked_loss),
            ("masked_accuracy", evaluation.masked_accuracy()),
            ("order_accuracy", evaluation.order_accuracy),
            ("unigram_loss", baseline.loss),
        ];
        let figures = figures.map(|(name, value)| (format!("held_out/{name}"), value));
        let by_kind = kinds(evaluation).filter_map(|(name, counts)| {
            Some((format!("held_out/accuracy_{name}"), counts.accuracy()?))
        });
        self.scalars(step, figures.into_iter().chain(by_kind))
    }

    /// Makes what was written last, and says how many bytes of `metrics.jsonl` that is.
    pub(crate) fn sync(&mut self) -> Result<u64, TrainerError> {
        self.figures
            .sync_all()
            .map_err(TrainerError::file(&self.path))?;
        Ok(self.bytes)
    }

    fn line(&mut self, line: &Value) -> Result<(), TrainerError> {
        let line = format!("{line}\n");
        self.figures
            .write_all(line.as_bytes())
            .map_err(TrainerError::file(&self.path))?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    fn scalars(
        &mut self,
        step: u64,
        scalars: impl IntoIterator<Item = (String, f64)>,
    ) -> Result<(), TrainerError> {
        self.events
            .scalars(step, scalars)
            .map_err(TrainerError::file(&self.path))
    }
}

/// Leaves out lines of steps that will be done again, and a last line that was cut short.
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

//! The journal of a run: everything that a run writes down and reports.

use std::path::PathBuf;
use std::time::Duration;

use burn::tensor::Device;
use dataset::{Baseline, StepBatch};
use device::PeakMemory;
use optimizer::MeasuredStep;
use repro::FolderLock;

use crate::checkpoint::Checkpoints;
use crate::error::TrainerError;
use crate::evaluate::Evaluation;
use crate::metrics::{MetricsFiles, TrainingMetrics};
use crate::progress::{Progress, ProgressSender};
use crate::run::Run;
use crate::saver::Saver;
use crate::state::{RunState, Training};
use crate::timing::Timing;

/// Everything that a run writes down and reports: metrics, checkpoints and progress.
pub(crate) struct Journal {
    progress: ProgressSender,
    device: Device,
    steps: u64,
    max_skipped_steps: u64,
    baseline: Option<Baseline>,
    /// Mean masked loss since the last line of metrics, as of the last time that statistics were read.
    masked_loss: f64,
    timing: Timing,
    checkpoints: Checkpoints,
    /// `None` in a process that does not write.
    files: Option<Files>,
}

/// What the process of rank 0 writes.
struct Files {
    metrics: MetricsFiles,
    saver: Saver,
    // The last field: fields are dropped in order, and the saver may still write when it is dropped.
    _lock: FolderLock,
}

impl Journal {
    /// Opens the journal of a run that is at this state, reports the baseline, and starts the clock. A process without the lock
    /// of the folder writes nothing.
    pub(crate) fn open(
        run: &Run,
        lock: Option<FolderLock>,
        state: &mut RunState,
        baseline: Option<Baseline>,
        progress: ProgressSender,
    ) -> Result<Self, TrainerError> {
        let files = lock.map(|lock| Files::open(run, lock, state, &progress));
        let files = files.transpose()?;
        progress.send(Progress::Baseline(baseline));
        let peak = run.options.peak_tflops;
        let peak_of_all = peak.map(|peak| peak * 1e12 * run.world.size() as f64);
        Ok(Self {
            device: run.device.clone(),
            steps: run.options.steps,
            max_skipped_steps: run.options.max_skipped_steps,
            baseline,
            masked_loss: state.window.masked_loss(),
            timing: Timing::start(peak_of_all),
            checkpoints: run.checkpoints(),
            files,
            progress,
        })
    }

    /// Counts a step that was done or queued, for the speed. `flops` are the floating point operations that it needs.
    pub(crate) fn count(&mut self, batch: &StepBatch, flops: f64) {
        self.timing.count(batch, flops);
    }

    /// Counts steps whose statistics were read, and warns of those whose update was skipped. Returns the error if too many
    /// were skipped so far.
    pub(crate) fn statistics(
        &mut self,
        steps: &[MeasuredStep<2>],
        state: &mut RunState,
    ) -> Option<TrainerError> {
        for MeasuredStep { step, stats } in steps {
            state.count(stats);
            if stats.skipped {
                self.progress.warn(format!(
                    "step {step}: a loss or gradient is not finite; the update is skipped"
                ));
            }
        }
        self.masked_loss = state.window.masked_loss();
        let last_skipped = steps.iter().rfind(|measured| measured.stats.skipped);
        let last = last_skipped.or(steps.last())?;
        let skipped = state.skipped_steps;
        (skipped > self.max_skipped_steps).then_some(TrainerError::NotFinite {
            skipped,
            step: last.step,
        })
    }

    /// Reports that a step is done.
    pub(crate) fn step(&self, step: u64) {
        self.progress.send(Progress::Step {
            step,
            steps: self.steps,
            masked_loss: self.masked_loss,
            tokens_per_second: self.timing.tokens_per_second(),
        });
    }

    /// Writes the metrics of training since the last time, and begins to count anew. `waited` is how long the loop waited
    /// for examples.
    pub(crate) fn metrics(
        &mut self,
        state: &mut RunState,
        learning_rate: f64,
        waited: Duration,
    ) -> Result<(), TrainerError> {
        let metrics = TrainingMetrics {
            window: std::mem::take(&mut state.window),
            learning_rate,
            speed: self.timing.speed(waited),
            memory: PeakMemory::now(&self.device),
        };
        if let Some(files) = &mut self.files {
            files.metrics.training(state, &metrics)?;
        }
        self.timing.restart();
        Ok(())
    }

    /// Writes and reports the metrics on the held-out examples after a step.
    pub(crate) fn evaluation(
        &mut self,
        step: u64,
        evaluation: &Evaluation,
    ) -> Result<(), TrainerError> {
        let baseline = self.baseline.unwrap_or_default();
        if let Some(files) = &mut self.files {
            files.metrics.evaluation(step, evaluation, &baseline)?;
        }
        self.progress.send(Progress::Evaluated {
            step,
            evaluation: *evaluation,
        });
        Ok(())
    }

    /// Writes and reports the metrics under a judge after a step.
    pub(crate) fn judgement(
        &mut self,
        step: u64,
        judge: &str,
        evaluation: &Evaluation,
    ) -> Result<(), TrainerError> {
        if let Some(files) = &mut self.files {
            files.metrics.judgement(step, judge, evaluation)?;
        }
        self.progress.send(Progress::Judged {
            step,
            judge: judge.to_owned(),
            evaluation: *evaluation,
        });
        Ok(())
    }

    /// Begins to write a checkpoint, and returns where it will be. Writes nothing if the run has one of this step already.
    ///
    /// `metrics.jsonl` is synced first, because the checkpoint relies on its length.
    pub(crate) fn checkpoint(&mut self, training: &mut Training) -> Result<PathBuf, TrainerError> {
        let step = training.state.step;
        if let Some(files) = &mut self.files
            && !files.saver.has(step)
        {
            training.state.metrics_bytes = files.metrics.sync()?;
            files.saver.save(training)?;
        }
        Ok(self.checkpoints.path_of(step))
    }

    /// Leaves a time out of the speed of training.
    pub(crate) fn leave_out(&mut self, time: Duration) {
        self.timing.leave_out(time);
    }

    /// Waits until the checkpoint that is being written is complete.
    pub(crate) fn finish(&mut self) -> Result<(), TrainerError> {
        let saver = self.files.as_mut().map(|files| &mut files.saver);
        saver.map_or(Ok(()), Saver::finish)
    }
}

impl Files {
    fn open(
        run: &Run,
        lock: FolderLock,
        state: &mut RunState,
        progress: &ProgressSender,
    ) -> Result<Self, TrainerError> {
        let mut metrics = MetricsFiles::open(&run.folder, state, progress)?;
        let changes = state.changes.iter();
        for change in changes.filter(|change| change.step == state.step) {
            metrics.change(change)?;
        }
        Ok(Self {
            metrics,
            saver: Saver::new(run, state.step, progress),
            _lock: lock,
        })
    }
}

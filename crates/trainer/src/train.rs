//! The training loop.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use dataset::{Loader, label_counts, unigram_baseline};
use device::PeakMemory;
use optimizer::{Optimizer, PendingSteps, learning_rate};

use crate::begin::begin;
use crate::checkpoint::Checkpoints;
use crate::error::TrainerError;
use crate::evaluate::evaluate;
use crate::flops::step_flops;
use crate::metrics::{Metrics, Timing};
use crate::options::TrainOptions;
use crate::run::{Progress, Run, Summary};
use crate::saver::Saver;
use crate::state::RunState;
use crate::step::training_step;

/// Trains until the last step, or until `stop` is set: then a checkpoint is written and the run returns.
pub fn train(
    run: &Run,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<Summary, TrainerError> {
    let say = |message| {
        let _ = progress.send(message); // nobody listening is no reason to stop
    };
    let options = &run.options;
    let _lock = lock(&run.folder)?;
    let checkpoints = Checkpoints::new(&run.folder.join("checkpoints"), options.keep_checkpoints);
    let mut training = begin(run, &checkpoints, &say)?;
    let mut metrics = Metrics::open(&run.folder, &mut training.state, &say)?;
    let mut saver = Saver::new(run, checkpoints, progress);
    let baseline = unigram_baseline(&label_counts(&run.train)?, &run.held_out)?;
    say(Progress::Baseline(baseline));

    let optimizer = Optimizer::new(run.optimizer.clone());
    let (peak_rate, warmup_steps) = (run.optimizer.peak_rate, run.optimizer.warmup_steps);
    let mut loader = Loader::start(
        &run.train,
        training.state.step + 1..=options.steps,
        (options.examples_per_step, options.micro_batch),
        options.loader_threads,
    );
    let mut timing = Timing::start(options.peak_tflops.map(|peak| peak * 1e12));
    let mut pending = PendingSteps::default();
    let mut masked_loss = training.state.window.masked_loss();
    let mut too_many_skipped = None;
    let mut evaluation = None;
    while training.state.step < options.steps && !stop.load(Ordering::Relaxed) {
        let mut batch = loader.next_step()?;
        if options.shuffle_labels {
            batch.shuffle_labels(run.seed);
        }
        let rate = learning_rate(batch.step, peak_rate, warmup_steps, options.steps);
        let (model, moments) = (training.model, &mut training.moments);
        let (model, stats) = training_step(model, &batch, &optimizer, moments, rate)?;
        training.model = model;

        training.state.advance(&batch);
        timing.add(&batch, step_flops(training.model.config(), &batch));
        pending.add(batch.step, stats);
        let is_due = |every| batch.step.is_multiple_of(every) || batch.step == options.steps;
        let (is_line_due, is_evaluation_due) =
            (is_due(options.log_every), is_due(options.evaluate_every));
        let is_checkpoint_due = is_due(options.checkpoint_every);
        if pending.is_due() || is_line_due || is_evaluation_due || is_checkpoint_due {
            too_many_skipped = count(&mut pending, &mut training.state, options, &say);
            masked_loss = training.state.window.masked_loss();
        }
        if too_many_skipped.is_some() {
            break;
        }
        say(Progress::Step {
            step: batch.step,
            steps: options.steps,
            masked_loss,
            tokens_per_second: timing.tokens_per_second(),
        });

        if is_line_due {
            timing.waited = loader.take_waited();
            let memory = PeakMemory::now(&run.device);
            metrics.train(&mut training.state, rate, &timing, memory)?;
            timing = timing.restart();
        }
        let paused = Instant::now();
        if is_evaluation_due {
            let found = evaluate(&training.model, &run.held_out, options.micro_batch)?;
            metrics.evaluation(batch.step, &found, &baseline)?;
            say(Progress::Evaluated {
                step: batch.step,
                evaluation: found,
            });
            evaluation = Some(found);
        }
        if is_checkpoint_due {
            saver.save(&mut training, &mut metrics)?;
        }
        timing.leave_out(paused.elapsed());
    }

    // After a stop, some may be pending.
    let too_many_skipped =
        too_many_skipped.or_else(|| count(&mut pending, &mut training.state, options, &say));
    let checkpoint = saver.save(&mut training, &mut metrics)?;
    if let Some(error) = too_many_skipped {
        saver.finish()?;
        return Err(error);
    }
    let stopped = training.state.step < options.steps;
    if stopped {
        evaluation = None;
    } else if evaluation.is_none() {
        evaluation = Some(evaluate(
            &training.model,
            &run.held_out,
            options.micro_batch,
        )?);
    }
    saver.finish()?;
    Ok(Summary {
        step: training.state.step,
        stopped,
        skipped_steps: training.state.skipped_steps,
        evaluation,
        baseline,
        checkpoint,
    })
}

/// Reads the figures of the steps so far, and counts the steps; the error where too many were skipped.
fn count(
    pending: &mut PendingSteps,
    state: &mut RunState,
    options: &TrainOptions,
    say: &impl Fn(Progress),
) -> Option<TrainerError> {
    let steps = pending.read();
    let mut last = steps.last()?.0;
    for (number, step) in steps {
        state.count(&step);
        if step.skipped {
            let what = "a loss or gradient is not finite; the update is skipped";
            say(Progress::Warning(format!("step {number}: {what}")));
            last = number;
        }
    }
    let skipped = state.skipped_steps;
    (skipped > options.max_skipped_steps).then_some(TrainerError::NotFinite {
        skipped,
        step: last,
    })
}

/// Makes the run's folder this process's own for as long as the lock lives.
fn lock(folder: &Path) -> Result<File, TrainerError> {
    let open = || {
        fs::create_dir_all(folder)?;
        File::open(folder)
    };
    let lock = open().map_err(TrainerError::file(folder))?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => Err(TrainerError::Locked {
            folder: folder.to_path_buf(),
        }),
        // A file system without locks is no reason not to train.
        _ => Ok(lock),
    }
}

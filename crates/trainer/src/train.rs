//! The training loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use dataset::{Baseline, Loader, label_counts, unigram_baseline};
use optimizer::{Optimizer, PendingSteps, learning_rate};
use repro::FolderLock;

use crate::error::TrainerError;
use crate::evaluate::evaluate;
use crate::flops::step_flops;
use crate::journal::Journal;
use crate::progress::{Progress, ProgressSender};
use crate::run::{Run, Summary};
use crate::start::start;
use crate::step::training_step;

/// Trains until the last step of a run is done, or until `stop` is set. Either way it ends with a checkpoint.
///
/// A run continues from its newest checkpoint, if it has one. Its folder is locked meanwhile. `progress` receives what
/// happens; a receiver that is gone stops nothing.
pub fn train(
    run: &Run,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<Summary, TrainerError> {
    let options = &run.options;
    let progress = ProgressSender::new(progress);
    let lock = lock(run)?;
    let mut training = start(run, &progress)?;
    let baseline = baseline(run)?;
    let mut loader = Loader::start(
        &run.train,
        training.state.step + 1..=options.steps,
        options.examples_per_step,
        options.micro_batch,
        options.loader_threads,
    );
    let mut journal = Journal::open(run, lock, &mut training.state, baseline, progress)?;
    let optimizer = Optimizer::new(run.optimizer.clone());
    let (peak, warmup_steps) = (run.optimizer.peak_rate, run.optimizer.warmup_steps);
    let mut pending = PendingSteps::default();
    let mut too_many_skipped = None;
    let mut evaluation = None;
    while training.state.step < options.steps && !stop.load(Ordering::Relaxed) {
        let mut batch = loader.next_step()?;
        if options.shuffle_labels {
            batch.shuffle_labels(run.seed);
        }
        let step = batch.step;
        let learning_rate = learning_rate(step, peak, warmup_steps, options.steps);
        let (model, moments) = (training.model, &mut training.moments);
        let (model, stats) = training_step(model, &batch, &optimizer, moments, learning_rate)?;
        training.model = model;
        training.state.advance(&batch);
        journal.count(&batch, step_flops(training.model.config(), &batch));

        pending.add(step, stats);
        let due = options.due_after(step);
        if pending.is_due() || due.any() {
            too_many_skipped = journal.statistics(&pending.read(), &mut training.state);
            if too_many_skipped.is_some() {
                break;
            }
        }
        journal.step(step);
        if due.metrics {
            journal.metrics(&mut training.state, learning_rate, loader.take_waited())?;
        }
        let pause = Instant::now();
        if due.evaluation
            && let Some(held_out) = &run.held_out
        {
            let found = evaluate(&training.model, held_out, options.micro_batch)?;
            journal.evaluation(step, &found)?;
            evaluation = Some(found);
            for judge in &run.judges {
                let found = evaluate(&training.model, &judge.examples, options.micro_batch)?;
                journal.judgement(step, &judge.name, &found)?;
            }
        }
        if due.checkpoint {
            journal.checkpoint(&mut training)?;
        }
        journal.leave_out(pause.elapsed());
    }

    // After a stop, the statistics of the last steps may still be on the device.
    let too_many_skipped =
        too_many_skipped.or_else(|| journal.statistics(&pending.read(), &mut training.state));
    let checkpoint = journal.checkpoint(&mut training)?;
    journal.finish()?;
    if let Some(error) = too_many_skipped {
        return Err(error);
    }
    let stopped = training.state.step < options.steps;
    let evaluation = match (evaluation, &run.held_out) {
        _ if stopped => None, // the newest one is of an earlier step
        (None, Some(held_out)) => {
            // All steps were done before.
            Some(evaluate(&training.model, held_out, options.micro_batch)?)
        }
        (evaluation, _) => evaluation,
    };
    Ok(Summary {
        step: training.state.step,
        stopped,
        skipped_steps: training.state.skipped_steps,
        n_pieces: training.state.n_pieces,
        evaluation,
        baseline,
        checkpoint,
    })
}

/// Keeps the folder of a run for this process.
fn lock(run: &Run) -> Result<FolderLock, TrainerError> {
    let folder = &run.folder;
    let lock = FolderLock::take(folder).map_err(TrainerError::file(folder))?;
    lock.ok_or_else(|| TrainerError::Locked {
        folder: folder.clone(),
    })
}

/// Computes the unigram baseline; `None` if nothing is held out.
fn baseline(run: &Run) -> Result<Option<Baseline>, TrainerError> {
    let Some(held_out) = &run.held_out else {
        return Ok(None);
    };
    Ok(Some(unigram_baseline(
        &label_counts(&run.train)?,
        held_out,
    )?))
}

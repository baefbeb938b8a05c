//! The training loop.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Sender;
use std::time::Instant;

use dataset::{Baseline, Loader, label_counts, unigram_baseline};
use optimizer::{Optimizer, PendingSteps, learning_rate};
use repro::FolderLock;

use crate::error::TrainerError;
use crate::evaluate::evaluate_together;
use crate::flops::step_flops;
use crate::journal::Journal;
use crate::progress::{Progress, ProgressSender};
use crate::run::{Run, Summary};
use crate::start::start;
use crate::step::training_step_together;
use crate::together::{StopRequest, Together, check_same_parameters};

/// Trains until the last step of a run is done, or until `stop` is set. Either way it ends with a checkpoint.
///
/// A run continues from its newest checkpoint, if it has one. Its folder is locked meanwhile. `progress` receives what
/// happens; a receiver that is gone stops nothing. If several processes train together, only the one of rank 0 writes, and
/// all stop after the same step.
pub fn train(
    run: &Run,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<Summary, TrainerError> {
    let (options, world) = (&run.options, &run.world);
    let progress = ProgressSender::new(progress);
    let lock = world.is_first().then(|| lock(run)).transpose()?;
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
    let together = Together::new(world, options);
    let mut stop = StopRequest::new(world, stop);
    let evaluate =
        |model: &_, examples: &_| evaluate_together(model, examples, options.micro_batch, world);
    while training.state.step < options.steps && !stop.is_set() {
        let mut batch = loader.next_step()?;
        if options.shuffle_labels {
            batch.shuffle_labels(run.seed);
        }
        let step = batch.step;
        let learning_rate = learning_rate(step, peak, warmup_steps, options.steps);
        let (model, moments) = (training.model, &mut training.moments);
        let with = (together, &mut stop);
        let (model, stats) =
            training_step_together(model, &batch, &optimizer, moments, learning_rate, with)?;
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
            let found = evaluate(&training.model, held_out)?;
            journal.evaluation(step, &found)?;
            evaluation = Some(found);
            for judge in &run.judges {
                let found = evaluate(&training.model, &judge.examples)?;
                journal.judgement(step, &judge.name, &found)?;
            }
        }
        if !world.is_alone() && options.compares_after(step) {
            check_same_parameters(world, &training.model, step)?;
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
            Some(evaluate(&training.model, held_out)?)
        }
        (evaluation, _) => evaluation,
    };
    world.finish()?;
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

/// Computes the unigram baseline; `None` if nothing is held out, or if another process reports it.
fn baseline(run: &Run) -> Result<Option<Baseline>, TrainerError> {
    let Some(held_out) = run.held_out.as_ref().filter(|_| run.world.is_first()) else {
        return Ok(None);
    };
    Ok(Some(unigram_baseline(
        &label_counts(&run.train)?,
        held_out,
    )?))
}

//! The fine-tuning of one seed: the loop.

use std::sync::atomic::{AtomicBool, Ordering};

use model::load_task;
use optimizer::{MeasuredStep, Optimizer, PendingSteps};
use rand::seq::SliceRandom as _;
use repro::{Purpose, generator};

use crate::error::FinetuneError;
use crate::run::checkpoint::Checkpoints;
use crate::run::definition::Run;
use crate::run::export::export;
use crate::run::folder::SeedFolder;
use crate::run::predict::evaluate_task;
use crate::run::progress::{FinetuneProgress, ProgressSender};
use crate::run::results::{EpochScores, SeedResults, write_json};
use crate::run::speed::Speed;
use crate::run::start::start;
use crate::run::state::{SeedState, Training};
use crate::run::step::{Step, finetuning_step};
use crate::tasks::example::Example;

/// Fine-tunes with one seed, and reports the model of the selected epoch once. Returns `None` if `stop` was set before the
/// last step; a checkpoint then has everything so far.
///
/// `done_before` are the steps of earlier seeds.
///
/// It is one long function, so that a seed can be read from top to bottom.
pub(crate) fn finetune_seed(
    run: &Run,
    seed: u64,
    folder: &SeedFolder,
    done_before: u64,
    progress: &ProgressSender,
    stop: &AtomicBool,
) -> Result<Option<SeedResults>, FinetuneError> {
    let options = &run.training;
    let (n_examples, steps) = (run.train.examples.len(), run.steps());
    let steps_per_epoch = options.steps_per_epoch(n_examples);
    let optimizer_options = run.optimizer.for_steps(steps);
    let (peak, warmup_steps) = (run.optimizer.peak_rate, optimizer_options.warmup_steps);
    let optimizer = Optimizer::new(optimizer_options);

    let mut checkpoints = Checkpoints::new(&folder.checkpoints());
    let mut training = start(run, seed, &mut checkpoints, progress)?;
    let mut pending = PendingSteps::default();
    let mut speed = Speed::start();
    let mut order = EpochOrder::default();
    while training.state.step < steps {
        if stop.load(Ordering::Relaxed) {
            count(run, seed, &mut training.state, &pending.read(), progress)?;
            save(run, folder, &mut checkpoints, &training)?;
            return Ok(None);
        }
        let number = training.state.step + 1;
        let step = Step {
            number,
            seed,
            examples: order.step(run, seed, number),
        };
        let rate = run
            .optimizer
            .schedule
            .rate(number, peak, warmup_steps, steps);
        let (model, stats) = finetuning_step(
            &run.task,
            training.model,
            &step,
            options.pieces_per_micro_batch,
            &optimizer,
            &mut training.moments,
            rate,
        )?;
        training.model = model;
        training.state.step = number;
        pending.add(number, stats);
        speed.count(step.examples.iter().map(|one| one.n_pieces() as u64).sum());

        let epoch_ends = number.is_multiple_of(steps_per_epoch);
        let point_is_due = number.is_multiple_of(options.log_every) || epoch_ends;
        let checkpoint_is_due = number.is_multiple_of(options.checkpoint_every) || epoch_ends;
        if pending.is_due() || point_is_due || checkpoint_is_due {
            count(run, seed, &mut training.state, &pending.read(), progress)?;
        }
        progress.send(FinetuneProgress::Step {
            seed,
            step: number,
            done: done_before + number,
            loss: training.state.loss(),
            pieces_per_second: speed.pieces_per_second(),
        });
        if point_is_due {
            training.state.add_point(rate);
        }
        if epoch_ends {
            speed.pause(|| end_epoch(run, seed, folder, &mut training, progress))?;
        }
        if checkpoint_is_due {
            speed.pause(|| save(run, folder, &mut checkpoints, &training))?;
        }
    }
    report(run, seed, folder, training.state, progress).map(Some)
}

/// The examples of an epoch in the order of their steps.
#[derive(Default)]
struct EpochOrder {
    /// The epoch, from 0, that `indices` belong to.
    epoch: Option<u64>,
    indices: Vec<usize>,
}

impl EpochOrder {
    /// Returns the examples of a step. They follow from the seed and the number of the step alone.
    fn step<'e>(&mut self, run: &'e Run, seed: u64, number: u64) -> Vec<&'e Example> {
        let examples = &run.train.examples;
        let per_epoch = run.training.steps_per_epoch(examples.len());
        let (epoch, step) = ((number - 1) / per_epoch, (number - 1) % per_epoch);
        if self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            self.indices = (0..examples.len()).collect();
            let mut random = generator(seed, Purpose::TaskOrder, epoch, 0);
            self.indices.shuffle(&mut random);
        }
        let mut steps = self.indices.chunks(run.training.examples_per_step);
        let indices = steps.nth(step as usize).expect("a step of the epoch");
        indices.iter().map(|index| &examples[*index]).collect()
    }
}

/// Counts steps whose statistics were read, and warns of those whose update was skipped. Fails if too many were.
fn count(
    run: &Run,
    seed: u64,
    state: &mut SeedState,
    steps: &[MeasuredStep<1>],
    progress: &ProgressSender,
) -> Result<(), FinetuneError> {
    for MeasuredStep { step, stats } in steps {
        state.count(stats);
        if !stats.skipped {
            continue;
        }
        progress.warn(format!(
            "seed {seed}, step {step}: a loss or gradient is not finite; the update is skipped"
        ));
        let skipped = state.skipped_steps;
        if skipped > run.training.max_skipped_steps {
            let step = *step;
            return Err(FinetuneError::NotFinite {
                seed,
                skipped,
                step,
            });
        }
    }
    Ok(())
}

/// Writes a checkpoint. When it is written, the models of epochs that it does not select are removed.
fn save(
    run: &Run,
    folder: &SeedFolder,
    checkpoints: &mut Checkpoints,
    training: &Training,
) -> Result<(), FinetuneError> {
    checkpoints.write(training)?;
    let best = training.state.best_epoch(run.select_by());
    folder.keep_selected(best.map(|best| best.epoch))
}

/// Evaluates the model on the dev file, and keeps it if it is the best so far.
fn end_epoch(
    run: &Run,
    seed: u64,
    folder: &SeedFolder,
    training: &mut Training,
    progress: &ProgressSender,
) -> Result<(), FinetuneError> {
    let state = &mut training.state;
    let epoch = state.epochs.len() as u64 + 1;
    let most = run.training.pieces_per_micro_batch;
    let evaluate = |set| evaluate_task(&run.task, &training.model, set, most).scores;
    let scores = run.selection_set().map(evaluate).unwrap_or_default();
    state.epochs.push(EpochScores {
        epoch,
        step: state.step,
        scores: scores.clone(),
    });
    let best = state.best_epoch(run.select_by());
    if best.is_some_and(|best| best.epoch == epoch) {
        let path = folder.selected(epoch);
        export(&run.task, &training.model, &run.files, &path)?;
    }
    progress.send(FinetuneProgress::Epoch {
        seed,
        epoch,
        scores,
    });
    Ok(())
}

/// Evaluates the model of the selected epoch on the reported file, and writes the results.
fn report(
    run: &Run,
    seed: u64,
    folder: &SeedFolder,
    state: SeedState,
    progress: &ProgressSender,
) -> Result<SeedResults, FinetuneError> {
    let best = state
        .best_epoch(run.select_by())
        .expect("an epoch has ended");
    let selected_epoch = best.epoch;
    let options = run.task.load_options(seed);
    let path = folder.selected(selected_epoch);
    let loaded = load_task(&path, run.task.head(), &run.device, options)?;
    let most = run.training.pieces_per_micro_batch;
    let evaluation = evaluate_task(&run.task, &loaded.model, run.report_set(), most);
    write_json(&folder.predictions(), &evaluation.predictions)?;
    let results = SeedResults {
        seed,
        steps: state.step,
        skipped_steps: state.skipped_steps,
        selected_epoch,
        scores: evaluation.scores,
        epochs: state.epochs,
        curve: state.curve,
    };
    write_json(&folder.results(), &results)?;
    progress.send(FinetuneProgress::Reported {
        seed,
        epoch: selected_epoch,
        scores: results.scores.clone(),
    });
    Ok(results)
}

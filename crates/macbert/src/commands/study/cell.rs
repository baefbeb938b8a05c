//! One run of a study: pre-training with its evaluations, and its results.

use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use repro::remove_folder;

use super::grid::Cell;
use super::judges::Judges;
use super::made_with;
use crate::commands::assemble::assemble;
use crate::commands::pretrain::{watch, write_outputs};
use crate::config::study::Study;
use crate::numbers::grouped;
use crate::paint::{BOLD, painted};
use crate::progress::say;
use crate::reports::study::run_results::{RunCost, RunResults, write_json};

/// What the results of a run were made with.
const MADE_WITH: &str = "made_with.json";
/// The results of a finished run.
pub(super) const RESULTS: &str = "results.json";
/// What a finished run cost.
pub(super) const COST: &str = "cost.json";

/// What all runs of a call have in common.
pub(super) struct Session<'s> {
    pub study: &'s Study,
    pub device: &'s str,
    pub stop: &'s AtomicBool,
    pub n_cells: usize,
}

/// Whether a run is finished. Refuses a folder whose run was made with something else.
pub(super) fn is_finished(study: &Study, cell: &Cell) -> Result<bool> {
    made_with::check(
        &cell.folder.join(MADE_WITH),
        &made_with::of_cell(study, cell)?,
    )?;
    Ok(cell.folder.join(RESULTS).exists())
}

/// Trains a run to its end, and writes its results. A run that was stopped before continues. Returns whether it is finished;
/// it is not if the user stopped it. `number` counts the runs from 1.
pub(super) fn run_cell(
    session: &Session<'_>,
    judges: &Judges,
    cell: &Cell,
    number: usize,
) -> Result<bool> {
    let study = session.study;
    let label = format!("run {number} of {}: {}", session.n_cells, name(study, cell));
    let steps = grouped(cell.job.train.steps);
    say(&painted(BOLD, &format!("{label}, {steps} steps")));
    write_json(
        &cell.folder.join(MADE_WITH),
        &made_with::of_cell(study, cell)?,
    )?;
    let mut run = assemble(&cell.job, session.device, true)?;
    run.judges.clone_from(&judges.judges);
    let summary = watch(&run, session.stop, &format!("{label}, "))?;
    if summary.stopped {
        return Ok(false);
    }
    write_outputs(&run, &summary)?;
    let n_examples = summary.step * run.options.examples_per_step as u64;
    let results = RunResults::collect(&cell.folder, &summary, n_examples, &judges.unigram_losses)?;
    let cost = RunCost::collect(&cell.folder, summary.step, session.device)?;
    write_json(&cell.folder.join(COST), &cost)?;
    write_json(&cell.folder.join(RESULTS), &results)?;
    Ok(true)
}

/// Removes the checkpoints of a finished run, unless the study keeps them.
pub(super) fn tidy(study: &Study, cell: &Cell) -> Result<()> {
    let checkpoints = cell.folder.join("checkpoints");
    if study.config.output.keep_checkpoints || !checkpoints.exists() {
        return Ok(());
    }
    remove_folder(&checkpoints)
        .with_context(|| format!("could not remove {}", checkpoints.display()))
}

/// The name of a run: `mac, seed 2`.
pub(super) fn name(study: &Study, cell: &Cell) -> String {
    format!("{}, seed {}", study.arms[cell.arm].name, cell.seed)
}

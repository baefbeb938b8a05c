//! One run of a study: pre-training with its evaluations, and its results.

use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use finetune::{read_json, write_json};
use repro::remove_folder;

use super::grid::{Cell, Grid};
use super::judges::Judges;
use super::made_with::{self, MadeWith, OF_SHARDS};
use crate::commands::assemble::assemble;
use crate::commands::pretrain::{watch, write_outputs};
use crate::config::study::Study;
use crate::numbers::grouped;
use crate::paint::{BOLD, painted};
use crate::progress::say;
use crate::reports::study::run_results::{RunCost, RunResults};

/// What the results of a run, or of a task, were made with.
pub(super) const MADE_WITH: &str = "made_with.json";
/// The results of a finished run, or of a task.
pub(super) const RESULTS: &str = "results.json";
/// What a finished run cost.
const COST: &str = "cost.json";

/// What all runs of a call have in common.
pub(super) struct Session<'s> {
    pub study: &'s Study,
    pub grid: &'s Grid,
    pub device: &'s str,
    pub stop: &'s AtomicBool,
}

/// Refuses a folder whose run was made with something else. Returns what the run is made with.
pub(super) fn check(study: &Study, grid: &Grid, cell: &Cell) -> Result<MadeWith> {
    let keys = made_with::of_cell(study, grid, cell)?;
    made_with::check(&cell.folder.join(MADE_WITH), &keys, &OF_SHARDS)?;
    Ok(keys)
}

/// The results of a run, if it is finished.
pub(super) fn finished(cell: &Cell) -> Result<Option<RunResults>> {
    Ok(read_json(&cell.folder.join(RESULTS))?)
}

/// The cost of a run, if it is finished.
pub(super) fn cost(cell: &Cell) -> Result<Option<RunCost>> {
    Ok(read_json(&cell.folder.join(COST))?)
}

/// Trains a run to its end, and writes its results. A run that was stopped before continues. Returns whether it is finished;
/// it is not if the user stopped it. `number` counts the runs from 1.
pub(super) fn run_cell(
    session: &Session<'_>,
    judges: &Judges,
    cell: &Cell,
    number: usize,
) -> Result<bool> {
    let (study, n_cells) = (session.study, session.grid.cells.len());
    let label = format!("run {number} of {n_cells}: {}", name(study, cell));
    let steps = grouped(cell.job.train.steps);
    say(&painted(BOLD, &format!("{label}, {steps} steps")));
    let keys = check(study, session.grid, cell)?;
    write_json(&cell.folder.join(MADE_WITH), &keys)?;
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

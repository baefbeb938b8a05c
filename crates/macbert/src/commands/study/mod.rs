//! `macbert study`: trains arms of a job with several seeds, and compares them.

mod cell;
mod grid;
mod judges;
mod made_with;
mod plan;
mod report;
mod task;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};

use super::prepare::{is_stop, prepare_shards};
use super::pretrain::tune_process;
use crate::arguments::study::StudyArguments;
use crate::config::study::Study;
use crate::config::study_load::load_study;
use crate::numbers::grouped;
use crate::progress::{note, print, say};
use crate::signals::stop_flag;
use cell::{Session, is_finished, name, run_cell, tidy};
use grid::{Grid, grid};
use judges::Judges;

/// Runs a study, or what is left of it.
pub(crate) fn run(arguments: &StudyArguments) -> Result<ExitCode> {
    let study = load_study(&arguments.config, &arguments.set)?;
    let grid = grid(&study)?;
    if arguments.dry_run {
        plan::print_plan(&study, &grid)?;
        return Ok(ExitCode::SUCCESS);
    }
    for cell in &grid.cells {
        // A run of another study is refused before work starts.
        is_finished(&study, cell)?;
        study
            .tasks
            .iter()
            .try_for_each(|task| task::check(cell, task))?;
    }
    let device = arguments.device.device.as_str();
    tune_process(device);
    device::by_name(device)?; // an unknown device is refused before work starts
    let stop = stop_flag()?;
    let session = Session {
        study: &study,
        device,
        stop: &stop,
        n_cells: grid.cells.len(),
    };
    let is_whole = prepare(&study, &grid, &stop)? && train(&session, &grid)?;
    report::write(&study, &grid)?;
    if is_whole {
        report::show(&study, &grid)?;
    } else {
        print("stopped; the same command continues");
    }
    Ok(ExitCode::SUCCESS)
}

/// Prepares the shards of all arms. Returns false if the user stopped it.
fn prepare(study: &Study, grid: &Grid, stop: &AtomicBool) -> Result<bool> {
    for (number, shards) in (1..).zip(&grid.shards) {
        let arms = shards.arms.iter().map(|arm| study.arms[*arm].name.as_str());
        let arms = arms.collect::<Vec<_>>().join(", ");
        let n_shards = grid.shards.len();
        say(&format!("shards {number} of {n_shards}: {arms}"));
        match prepare_shards(&shards.job, None, false, stop) {
            Err(error) if is_stop(&error) => return Ok(false),
            finished => {
                let counts = &finished.with_context(|| format!("the shards of {arms}"))?;
                let counts = &counts.manifest.counts;
                note(&format!(
                    "{}: {} examples",
                    shards.job.path(&shards.job.shards.directory).display(),
                    grouped(counts.examples)
                ));
            }
        }
    }
    Ok(true)
}

/// Trains all runs that are not finished and fine-tunes them, and keeps study.json and the page up to date. Returns false if
/// the user stopped it.
fn train(session: &Session<'_>, grid: &Grid) -> Result<bool> {
    let study = session.study;
    let mut judges = None;
    for (number, cell) in (1..).zip(&grid.cells) {
        let run = || name(study, cell);
        if !is_finished(study, cell)? {
            let judges = match &mut judges {
                Some(judges) => judges,
                none => none.insert(Judges::open(&grid.cells[0].job, &study.config.judges)?),
            };
            if !run_cell(session, judges, cell, number).with_context(run)? {
                return Ok(false);
            }
            report::write(study, grid)?;
        }
        tidy(study, cell)?;
        for task in &study.tasks {
            if session.stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            if task::finished(cell, task)?.is_none() {
                let done = task::run_task(session, cell, task, number);
                if !done.with_context(|| format!("{}, {}", run(), task.name))? {
                    return Ok(false);
                }
                report::write(study, grid)?;
            }
        }
        let is_last = number == grid.cells.len();
        if !is_last && session.stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
    }
    Ok(true)
}

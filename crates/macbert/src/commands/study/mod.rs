//! `macbert study`: trains arms of a job with several seeds, and compares them.

mod cell;
mod grid;
mod judges;
mod plan;
mod report;

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
    let study = load_study(&arguments.config, &arguments.change.set)?;
    let grid = grid(&study)?;
    if arguments.change.dry_run {
        plan::print_plan(&study, &grid)?;
        return Ok(ExitCode::SUCCESS);
    }
    for cell in &grid.cells {
        is_finished(&study, cell)?; // a run of another study is refused before work starts
    }
    let device = &arguments.device.device;
    tune_process(device);
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

/// Trains all runs that are not finished, and keeps study.json and the page up to date. Returns false if the user stopped it.
fn train(session: &Session<'_>, grid: &Grid) -> Result<bool> {
    let study = session.study;
    let mut judges = None;
    let mut n_known = 0;
    for (number, cell) in (1..).zip(&grid.cells) {
        if is_finished(study, cell)? {
            n_known += 1;
            tidy(study, cell)?;
            continue;
        }
        if n_known > 0 {
            note(&format!("{n_known} runs are finished already"));
            n_known = 0;
        }
        let judges = match &mut judges {
            Some(judges) => judges,
            none => none.insert(Judges::open(&grid.cells[0].job, &study.config.judges)?),
        };
        let done = run_cell(session, judges, cell, number);
        if !done.with_context(|| name(study, cell))? {
            return Ok(false);
        }
        tidy(study, cell)?;
        report::write(study, grid)?;
        if session.stop.load(Ordering::Relaxed) && number < grid.cells.len() {
            return Ok(false);
        }
    }
    Ok(true)
}

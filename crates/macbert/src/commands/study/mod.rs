//! `macbert study`: trains arms of a job with several seeds, and compares them.

mod cell;
mod grid;
mod judges;
mod made_with;
mod plan;
mod report;
mod task;
mod train;

use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result, bail};

use super::prepare::{is_stop, prepare_shards};
use super::pretrain::tune_process;
use crate::arguments::study::StudyArguments;
use crate::config::study::Study;
use crate::config::study_load::load_study;
use crate::numbers::grouped;
use crate::progress::{note, print, say};
use crate::signals::stop_flag;
use cell::Session;
use grid::{Grid, grid};
use train::{Course, train};

/// Runs a study, or what is left of it.
pub(crate) fn run(arguments: &StudyArguments) -> Result<ExitCode> {
    let study = load_study(&arguments.config, &arguments.set)?;
    let grid = grid(&study)?;
    // Results of another study are refused before work starts.
    check_cells(&study, &grid)?;
    task::check(&study, &grid)?;
    if arguments.dry_run {
        plan::print_plan(&study, &grid)?;
        return Ok(ExitCode::SUCCESS);
    }
    let device = arguments.device.device.as_str();
    tune_process(device);
    device::by_name(device)?; // an unknown device is refused before work starts
    let stop = stop_flag()?;
    let session = Session {
        study: &study,
        grid: &grid,
        device,
        stop: &stop,
    };
    let mut course = Course {
        is_whole: false,
        failures: Vec::new(),
    };
    if prepare(&study, &grid, &stop)? {
        check_cells(&study, &grid)?; // now that the files of the shards are known
        task::try_files(&study, &grid)?;
        course = train(&session)?;
        task::check(&study, &grid)?; // their files may have been changed meanwhile
    }
    end(&study, &grid, &course)
}

/// Refuses runs that were made with something else.
fn check_cells(study: &Study, grid: &Grid) -> Result<()> {
    grid.cells
        .iter()
        .try_for_each(|cell| cell::check(study, grid, cell).map(drop))
}

/// Writes and prints the results.
fn end(study: &Study, grid: &Grid, course: &Course) -> Result<ExitCode> {
    report::write(study, grid, &course.failures)?;
    if course.is_whole {
        report::show(study, grid, &course.failures)?;
    } else {
        print("stopped; the same command continues");
    }
    if course.failures.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let failures = course.failures.iter();
    let names: Vec<String> = failures.map(|failure| failure.name(study, grid)).collect();
    bail!(
        "these runs failed: {}; the same command tries them again",
        names.join("; ")
    )
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

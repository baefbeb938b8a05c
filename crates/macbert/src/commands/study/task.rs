//! The tasks of a study: every finished run is fine-tuned on each of them.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use finetune::{RunResults, read_json};

use super::cell::{MADE_WITH, RESULTS, Session, name};
use super::grid::{Cell, Grid};
use super::made_with;
use crate::commands::assemble::open_tokenizer;
use crate::commands::assemble_task::{OF_CHECKPOINT, assemble_task, made_with_of_task, open_files};
use crate::commands::finetune::{watch, write_page};
use crate::config::paths::written_in;
use crate::config::study::{Study, StudyTask};
use crate::failure::usage_error;
use crate::paint::{BOLD, painted};
use crate::progress::say;

/// The folder of a task in the folder of a run.
fn folder(cell: &Cell, task: &StudyTask) -> PathBuf {
    cell.folder.join("tasks").join(&task.name)
}

/// The results of the seeds of a task that are finished.
fn results(cell: &Cell, task: &StudyTask) -> Result<Option<RunResults>> {
    Ok(read_json(&folder(cell, task).join(RESULTS))?)
}

/// The results of a task; `None` if not all of its seeds are finished.
pub(super) fn finished(cell: &Cell, task: &StudyTask) -> Result<Option<RunResults>> {
    let is_whole = |results: &RunResults| {
        let seeds = results.seeds.iter().map(|results| results.seed);
        results.finished && seeds.eq(task.config.protocol.all_seeds())
    };
    Ok(results(cell, task)?.filter(is_whole))
}

/// Refuses results of tasks that were made with something else, or with a seed that the task does not have.
pub(super) fn check(study: &Study, grid: &Grid) -> Result<()> {
    for task in &study.tasks {
        let expected = made_with_of_task(&task.config)?;
        for cell in &grid.cells {
            let path = folder(cell, task).join(MADE_WITH);
            made_with::check(&path, &expected, &OF_CHECKPOINT)?;
            check_seeds(cell, task)?;
        }
    }
    Ok(())
}

fn check_seeds(cell: &Cell, task: &StudyTask) -> Result<()> {
    let known: Vec<u64> = task.config.protocol.all_seeds().collect();
    let seeds = results(cell, task)?.into_iter().flat_map(|all| all.seeds);
    let mut others = seeds.filter(|results| !known.contains(&results.seed));
    match others.next() {
        None => Ok(()),
        Some(other) => Err(usage_error(anyhow!(
            "{} has results of seed {}, which the task does not have; raise protocol.seeds, remove the folder, or name another output.directory",
            folder(cell, task).display(),
            other.seed
        ))),
    }
}

/// Opens the files of the tasks that are left, so that a wrong one is found before a run is trained. The shards are prepared.
pub(super) fn try_files(study: &Study, grid: &Grid) -> Result<()> {
    for task in &study.tasks {
        let done = grid.cells.iter().map(|cell| finished(cell, task));
        let done = done.collect::<Result<Vec<_>>>()?;
        if done.iter().any(Option::is_none) {
            let tokenizer = open_tokenizer(&grid.cells[0].job)?;
            open_files(&task.config, &tokenizer)
                .with_context(|| format!("tasks: {}", task.name))?;
        }
    }
    Ok(())
}

/// Fine-tunes a run on a task with all seeds of the task. Returns whether they are finished; they are not if the user stopped.
/// `number` counts the runs from 1.
pub(super) fn run_task(
    session: &Session<'_>,
    cell: &Cell,
    task: &StudyTask,
    number: usize,
) -> Result<bool> {
    let (run, n_cells) = (name(session.study, cell), session.grid.cells.len());
    let label = format!("run {number} of {n_cells}: {run}, {}", task.name);
    let n_seeds = task.config.protocol.seeds;
    say(&painted(
        BOLD,
        &format!("{label}, {n_seeds} seeds of fine-tuning"),
    ));
    let mut config = task.config.clone();
    config.model.checkpoint = written_in(&config.base, &cell.folder.join("export"));
    config.output.directory = written_in(&config.base, &folder(cell, task));
    let run = assemble_task(&config, session.device)?;
    let outcome = watch(&run, &config, session.stop, &format!("{label}, "))?;
    if !outcome.stopped {
        write_page(&config, &run, &outcome)?;
    }
    Ok(!outcome.stopped)
}

//! The tasks of a study: every finished run is fine-tuned on each of them.

use std::path::PathBuf;

use anyhow::Result;
use finetune::RunResults;

use super::cell::{Session, name};
use super::grid::Cell;
use super::made_with;
use crate::commands::assemble_task::assemble_task;
use crate::commands::finetune::{watch, write_page};
use crate::config::paths::written_in;
use crate::config::study::StudyTask;
use crate::paint::{BOLD, painted};
use crate::progress::say;
use crate::reports::study::run_results::{read_json, write_json};

/// The folder of a task in the folder of a run.
fn folder(cell: &Cell, task: &StudyTask) -> PathBuf {
    cell.folder.join("tasks").join(&task.name)
}

/// The file that says what the results of a task were made with.
fn made_with_file(cell: &Cell, task: &StudyTask) -> PathBuf {
    folder(cell, task).with_extension("made_with.json")
}

/// The results of a task; `None` if not all of its seeds are finished.
pub(super) fn finished(cell: &Cell, task: &StudyTask) -> Result<Option<RunResults>> {
    let path = folder(cell, task).join("results.json");
    Ok(read_json::<RunResults>(&path)?.filter(|results| results.finished))
}

/// Refuses a task that was made with something else.
pub(super) fn check(cell: &Cell, task: &StudyTask) -> Result<()> {
    made_with::check(&made_with_file(cell, task), &made_with::of_task(task)?)
}

/// Fine-tunes a run on a task with all seeds of the task. Returns whether they are finished; they are not if the user stopped.
pub(super) fn run_task(
    session: &Session<'_>,
    cell: &Cell,
    task: &StudyTask,
    number: usize,
) -> Result<bool> {
    let run = name(session.study, cell);
    let label = format!("run {number} of {}: {run}, {}", session.n_cells, task.name);
    let n_seeds = task.config.protocol.seeds;
    say(&painted(
        BOLD,
        &format!("{label}, {n_seeds} seeds of fine-tuning"),
    ));
    write_json(&made_with_file(cell, task), &made_with::of_task(task)?)?;
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

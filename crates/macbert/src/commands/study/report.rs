//! The report of a study: `study.json`, `costs.json`, the page, and what is printed.

use std::path::PathBuf;

use anyhow::Result;
use finetune::write_json;

use super::grid::{Cell, Grid};
use super::{cell, task};
use crate::commands::figures::{print_figures, print_written};
use crate::config::study::{OWN, Study, StudyTask};
use crate::pages;
use crate::paint::{BOLD, painted};
use crate::progress::print;
use crate::reports::figure::Figure;
use crate::reports::study::comparison::Comparison;
use crate::reports::study::costs::CellCost;
use crate::reports::study::results::{ArmInfo, FinishedRun, Measure, Missing, StudyResults};
use crate::reports::study::tasks::{FinishedTask, TaskInfo, TaskResults, TaskScore};
use crate::reports::study::words::{Unit, cautions, mean_and_deviation, tally, verdict, warnings};
use crate::reports::task::selection;

/// The width of the names in the report, in terminal columns.
const COLUMNS: usize = 34;

/// Something that failed in this call: the pre-training of a run, or a task of it.
pub(super) struct Failure {
    /// The run, by its index in the grid.
    pub cell: usize,
    /// The task, by its index in the study.
    pub task: Option<usize>,
    /// Why.
    pub cause: String,
}

impl Failure {
    /// The name of what failed.
    pub(super) fn name(&self, study: &Study, grid: &Grid) -> String {
        missing(study, &grid.cells[self.cell], self.task, None).name()
    }
}

/// Writes the results of the runs that are finished.
pub(super) fn write(study: &Study, grid: &Grid, failures: &[Failure]) -> Result<()> {
    let (results, costs) = (results(study, grid, failures)?, costs(study, grid)?);
    write_json(&study.folder.join("study.json"), &results)?;
    write_json(&study.folder.join("costs.json"), &costs)?;
    pages::study::write(&page(study), &study.folder, &results, &costs)
}

/// Prints the results of a study that has been tried to its end.
pub(super) fn show(study: &Study, grid: &Grid, failures: &[Failure]) -> Result<()> {
    let results = results(study, grid, failures)?;
    for measure in &results.measures {
        show_measure(measure);
    }
    for task in &results.tasks {
        show_task(task);
    }
    for remark in cautions(&results).into_iter().chain(warnings(&results)) {
        print(&remark);
    }
    print_written("results", &study.folder.join("study.json"));
    print_written("report ", &page(study));
    Ok(())
}

fn show_measure(measure: &Measure) {
    let under = match measure.name.as_str() {
        OWN => "its own objective".to_owned(),
        judge => judge.to_owned(),
    };
    print(&painted(
        BOLD,
        &format!("held-out masked loss under {under}, nats: mean ± standard deviation (seeds)"),
    ));
    show_comparison(&measure.masked_loss, Unit::Nats);
}

fn show_task(task: &TaskResults) {
    for TaskScore { name, comparison } in &task.scores {
        let title = format!(
            "{}, {name}: mean ± standard deviation (seeds), {}",
            task.name, task.selection
        );
        print(&painted(BOLD, &title));
        show_comparison(comparison, Unit::Score);
    }
}

fn show_comparison(comparison: &Comparison, unit: Unit) {
    let arms = comparison.arms.iter();
    let figures = arms.map(|arm| {
        let value = mean_and_deviation(arm.spread.as_ref(), unit);
        Figure::new(arm.arm.as_str(), value)
    });
    print_figures(&figures.collect::<Vec<_>>(), COLUMNS);
    if comparison.pairs.is_empty() {
        return;
    }
    let pairs = comparison.pairs.iter().map(|pair| {
        let name = format!("{} − {}", pair.a, pair.b);
        Figure::part(name, verdict(pair, comparison.better))
    });
    print_figures(&pairs.collect::<Vec<_>>(), COLUMNS);
    print(&format!("  differences: {}", tally(comparison)));
}

fn page(study: &Study) -> PathBuf {
    study.folder.join("study.html")
}

/// The results of the runs that are finished.
fn results(study: &Study, grid: &Grid, failures: &[Failure]) -> Result<StudyResults> {
    let mut runs = Vec::new();
    for cell in &grid.cells {
        if let Some(results) = cell::finished(cell)? {
            let (arm, seed) = (cell.arm, cell.seed);
            runs.push(FinishedRun { arm, seed, results });
        }
    }
    // The first cells are those of the first seed, one for each arm.
    let arms = study.arms.iter().zip(&grid.cells);
    let arms = arms.map(|(arm, cell)| arm_info(&arm.name, &arm.set, cell));
    let arms = arms.collect::<Result<Vec<_>>>()?;
    let judges = study.config.judges.iter();
    let judges = judges.map(|judge| (judge.name.as_str(), judge.pairs));
    let judges: Vec<_> = judges.collect();
    let tasks = study
        .tasks
        .iter()
        .map(|task| task_results(study, grid, task));
    let tasks = tasks.collect::<Result<Vec<_>>>()?;
    let seeds = &study.config.seeds;
    let missing = all_missing(study, grid, failures)?;
    Ok(StudyResults::new(
        arms, seeds, &judges, &runs, tasks, missing,
    ))
}

/// The runs, and the tasks of runs, that have no results.
fn all_missing(study: &Study, grid: &Grid, failures: &[Failure]) -> Result<Vec<Missing>> {
    let mut found = Vec::new();
    for (index, cell) in grid.cells.iter().enumerate() {
        let mut add = |task| {
            let is_this = |failure: &&Failure| (failure.cell, failure.task) == (index, task);
            let cause = failures.iter().find(is_this);
            let cause = cause.map(|failure| failure.cause.clone());
            found.push(missing(study, cell, task, cause));
        };
        if cell::finished(cell)?.is_none() {
            add(None);
            continue;
        }
        for (number, task) in study.tasks.iter().enumerate() {
            if task::finished(cell, task)?.is_none() {
                add(Some(number));
            }
        }
    }
    Ok(found)
}

fn missing(study: &Study, cell: &Cell, task: Option<usize>, cause: Option<String>) -> Missing {
    Missing {
        arm: study.arms[cell.arm].name.clone(),
        seed: cell.seed,
        task: task.map(|task| study.tasks[task].name.clone()),
        cause,
    }
}

/// The scores of a task in the runs that are finished.
fn task_results(study: &Study, grid: &Grid, task: &StudyTask) -> Result<TaskResults> {
    let mut finished = Vec::new();
    for cell in &grid.cells {
        if let Some(results) = task::finished(cell, task)? {
            let (arm, seed) = (cell.arm, cell.seed);
            finished.push(FinishedTask { arm, seed, results });
        }
    }
    let protocol = &task.config.protocol;
    let mut scores = task.config.task.scores();
    // The selecting score, if there is one, compares the arms.
    scores.sort_by_key(|score| score.name != protocol.select_by);
    let selected_on_report = finished.iter().any(|one| one.results.selected_on_this_file);
    let task = TaskInfo {
        name: task.name.clone(),
        n_seeds: protocol.seeds,
        selection: selection(&protocol.select_by, selected_on_report),
        scores,
    };
    let arms: Vec<&str> = study.arms.iter().map(|arm| arm.name.as_str()).collect();
    Ok(TaskResults::new(task, &arms, &finished))
}

fn arm_info(name: &str, set: &[String], cell: &Cell) -> Result<ArmInfo> {
    let job = &cell.job;
    let shards = job.shards.directory.file_name().unwrap_or_default();
    Ok(ArmInfo {
        name: name.to_owned(),
        set: set.to_vec(),
        objective: job.objective()?,
        pairs: job.pairs.objective,
        shards: shards.to_string_lossy().into_owned(),
        steps: job.train.steps,
        n_examples: job.train.steps * job.train.examples_per_step as u64,
        n_pieces: std::collections::BTreeMap::new(),
    })
}

/// The costs of the runs that are finished.
pub(super) fn costs(study: &Study, grid: &Grid) -> Result<Vec<CellCost>> {
    let mut costs = Vec::new();
    for cell in &grid.cells {
        if let (Some(results), Some(cost)) = (cell::finished(cell)?, cell::cost(cell)?) {
            costs.push(CellCost {
                arm: study.arms[cell.arm].name.clone(),
                seed: cell.seed,
                steps: results.steps,
                n_pieces: results.n_pieces,
                cost,
            });
        }
    }
    Ok(costs)
}

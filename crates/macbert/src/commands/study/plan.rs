//! `macbert study --dry-run`: the grid of a study, and what it would cost.

use std::time::Duration;

use anyhow::Result;

use super::cell::{finished, name};
use super::grid::{Cell, Grid};
use super::report::costs;
use crate::commands::dry_run::print_config;
use crate::commands::figures::print_figures;
use crate::config::study::Study;
use crate::numbers::{duration, grouped};
use crate::paint::{BOLD, padded, painted};
use crate::progress::print;
use crate::reports::estimate::estimates;
use crate::reports::figure::Figure;

/// The width of the names in the estimates, in terminal columns.
const COLUMNS: usize = 34;
/// The width of the names of runs, in terminal columns.
const RUN_COLUMNS: usize = 32;

/// Prints a study: its config, its grid and its estimates.
pub(super) fn print_plan(study: &Study, grid: &Grid) -> Result<()> {
    print_config(&study.config)?;
    for shards in &grid.shards {
        let arms = shards.arms.iter().map(|arm| study.arms[*arm].name.as_str());
        let folder = shards.job.path(&shards.job.shards.directory);
        print(&painted(BOLD, &format!("shards {}", folder.display())));
        print(&format!("  {}", arms.collect::<Vec<_>>().join(", ")));
    }
    let n_cells = grid.cells.len();
    print(&painted(BOLD, &format!("{n_cells} runs")));
    let mut left = Vec::new();
    for cell in &grid.cells {
        let is_finished = finished(cell)?.is_some();
        let state = if is_finished { ", finished" } else { "" };
        let run = padded(&name(study, cell), RUN_COLUMNS);
        print(&format!(
            "  {run} {} steps{state}",
            grouped(cell.job.train.steps)
        ));
        if !is_finished {
            left.push(cell);
        }
    }
    for task in &study.tasks {
        let n_seeds = task.config.protocol.seeds;
        print(&format!(
            "  each fine-tuned on {} with {n_seeds} seeds",
            task.name
        ));
    }
    print(&painted(BOLD, "estimates of the first run"));
    print_figures(&estimates(&grid.cells[0].job)?, COLUMNS);
    print(&painted(BOLD, "estimates of all runs that are left"));
    print_figures(&totals(study, grid, &left)?, COLUMNS);
    Ok(())
}

/// Steps, pieces and time of the runs that are left.
fn totals(study: &Study, grid: &Grid, left: &[&Cell]) -> Result<Vec<Figure>> {
    let steps: u64 = left.iter().map(|cell| cell.job.train.steps).sum();
    let pieces = |cell: &&Cell| {
        let job = &cell.job;
        job.train.steps * (job.train.examples_per_step * job.examples.max_length) as u64
    };
    let pieces: u64 = left.iter().map(pieces).sum();
    let costs = costs(study, grid)?;
    let (seconds, n_pieces) = costs.iter().fold((0.0, 0), |(seconds, n_pieces), cell| {
        (seconds + cell.cost.seconds, n_pieces + cell.n_pieces)
    });
    let time = if n_pieces == 0 {
        "known when a run is finished".to_owned()
    } else {
        let seconds = seconds * pieces as f64 / n_pieces as f64;
        let time = duration(Duration::from_secs_f64(seconds.min(1e9)));
        format!("at most {time}, as fast as the finished runs")
    };
    Ok(vec![
        Figure::new("runs", grouped(left.len() as u64)),
        Figure::new("steps", grouped(steps)),
        Figure::new(
            "tokens, padding included",
            format!("at most {}", grouped(pieces)),
        ),
        Figure::new("time of training", time),
    ])
}

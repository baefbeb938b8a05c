//! Printing the report of a corpus and its preparation.

use std::path::Path;

use anyhow::Result;
use prepare::Finished;

use super::figures::{print_figures, print_written};
use super::reading::say_drops;
use crate::pages;
use crate::paint::{BOLD, padded, painted};
use crate::progress::{note, print};
use crate::reports::quality::{CorpusReport, WRAPPED};

/// The width of the names in the report, in terminal columns.
const COLUMNS: usize = 42;
/// Causes of `[UNK]` on a line, and the width of each.
const CAUSES_PER_LINE: usize = 5;
const CAUSE_COLUMNS: usize = 24;

/// Prints the report of a finished preparation or survey. Also writes it as a page if `html` names a file.
pub(super) fn show(title: &str, finished: &Finished, html: Option<&Path>) -> Result<()> {
    let times = (!finished.was_done).then_some(&finished.times);
    let report = CorpusReport::new(title, &finished.manifest, finished.quality.as_ref(), times);
    print_report(&report);
    say_drops(&finished.drops);
    if !report.times.is_empty() {
        let stages = report.times.iter();
        let stages = stages.map(|stage| format!("{} {}", stage.name, stage.value));
        note(&format!("  {}", stages.collect::<Vec<_>>().join(", ")));
    }
    draw(&report, html)
}

/// Prints a report: its statistics, the files with wrapped lines, and the causes of `[UNK]`.
pub(super) fn print_report(report: &CorpusReport) {
    print(&painted(BOLD, &report.title));
    print_figures(&report.figures, COLUMNS);
    if !report.wrapped.is_empty() {
        print(&painted(BOLD, WRAPPED));
        for file in &report.wrapped {
            print(&format!("  {}  {}", file.name, file.lines));
        }
        print(&format!("  {}", report.wrapped_advice));
    }
    if report.unknown.is_empty() {
        return;
    }
    print(&painted(BOLD, "[UNK] stands for"));
    for line in report.unknown.chunks(CAUSES_PER_LINE) {
        let cells = line.iter().map(|cause| {
            let cell = format!("{}  {} ({})", cause.text, cause.count, cause.percent);
            padded(&cell, CAUSE_COLUMNS)
        });
        let line: String = cells.collect();
        print(&format!("  {}", line.trim_end()));
    }
}

/// Writes the report as a page if `html` names a file.
pub(super) fn draw(report: &CorpusReport, html: Option<&Path>) -> Result<()> {
    if let Some(path) = html {
        pages::quality::write(path, report)?;
        print_written("page", path);
    }
    Ok(())
}

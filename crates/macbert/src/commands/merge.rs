//! `macbert merge`: joins the parts of a corpus that several tasks prepared into one folder of shards.

use std::process::ExitCode;

use anyhow::Result;
use prepare::{DROP_LIST, Quality, task_drops};

use super::figures::print_written;
use super::quality::{draw, print_report};
use super::reading::say_drops;
use crate::arguments::corpus::MergeArguments;
use crate::reports::quality::CorpusReport;

/// Joins the parts in a folder, and reports on all of them together.
pub(crate) fn run(arguments: &MergeArguments) -> Result<ExitCode> {
    let folder = &arguments.shards;
    let merged = prepare::merge(folder, arguments.allow_unknown);
    say_drops(&task_drops(folder).unwrap_or_default());
    let manifest = merged?;
    let quality = Quality::read(folder)?;
    let title = folder.display().to_string();
    let report = CorpusReport::new(&title, &manifest, quality.as_ref(), None);
    print_report(&report);
    if quality.is_some_and(|quality| quality.near_duplicates.is_some()) {
        print_written("list", &folder.join(DROP_LIST));
    }
    draw(&report, arguments.page.html.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

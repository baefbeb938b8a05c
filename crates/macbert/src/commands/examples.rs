//! `macbert examples`: masked examples as Parquet.

use std::process::ExitCode;

use anyhow::Result;
use batch::write_examples;

use crate::arguments::ExamplesArguments;
use crate::paint::{bytes, grouped};
use crate::progress::print;

use super::shards_folder;

/// Writes the examples of an epoch.
pub(crate) fn run(arguments: &ExamplesArguments) -> Result<ExitCode> {
    let draw = &arguments.draw;
    let (examples, _) = shards_folder::drawn(&arguments.shards, draw)?;
    let count = write_examples(&examples, draw.epoch, &arguments.out)?;
    let size = std::fs::metadata(&arguments.out)?.len();
    print(&format!(
        "{}: {} examples, {}",
        arguments.out.display(),
        grouped(count),
        bytes(size)
    ));
    Ok(ExitCode::SUCCESS)
}

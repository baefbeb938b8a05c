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
    let vocabulary = shards_folder::vocabulary(&arguments.shards)?;
    let masker = shards_folder::masker(
        &arguments.shards,
        &vocabulary,
        shards_folder::objective(&draw.objective)?,
    )?;
    let seed = match draw.seed {
        Some(seed) => seed,
        None => shard::ShardSet::manifest_of(&arguments.shards)?.seed,
    };
    let pairs = shards_folder::pairs(&draw.pairs)?;
    let split = shards_folder::split(&draw.split);
    let examples = shards_folder::examples(&arguments.shards, split, &masker, pairs, seed)?;
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

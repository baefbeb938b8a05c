//! `macbert examples`: examples for people who train elsewhere.

use std::process::ExitCode;

use anyhow::{Result, anyhow, ensure};
use dataset::{TrainingExamples, max_predictions, write_megatron, write_parquet, write_tfrecord};
use shard::ShardSet;

use crate::arguments::{DrawArguments, ExampleFormat, ExamplesArguments};
use crate::failure::wrong_call;
use crate::paint::{bytes, grouped};
use crate::progress::{Bar, print};

use super::shards_folder;

/// Writes what is asked for.
pub(crate) fn run(arguments: &ExamplesArguments) -> Result<ExitCode> {
    match arguments.format {
        ExampleFormat::Parquet | ExampleFormat::Tfrecord => masked(arguments)?,
        ExampleFormat::Megatron => sentences(arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn masked(arguments: &ExamplesArguments) -> Result<()> {
    let (draw, out) = (&arguments.draw, &arguments.out);
    let (examples, _) = shards_folder::drawn(&arguments.shards, draw)?;
    let last = draw.epoch.checked_add(arguments.dupe_factor - 1);
    let last = last.ok_or_else(|| {
        let last = u64::MAX;
        wrong_call(anyhow!(
            "--epoch: the last epoch there is has the number {last}"
        ))
    })?;
    let write = match arguments.format {
        ExampleFormat::Tfrecord => write_tfrecord,
        _ => write_parquet,
    };
    let total = examples.len() as u64 * arguments.dupe_factor;
    let count = watched(total, |progress| {
        write(&examples, draw.epoch..=last, out, progress)
    })?;
    let size = std::fs::metadata(out)?.len();
    print(&format!(
        "{}: {} examples, {}",
        out.display(),
        grouped(count),
        bytes(size)
    ));
    if arguments.format == ExampleFormat::Tfrecord {
        print(&widths(&examples));
    }
    Ok(())
}

/// What the program that reads the records has to be told.
fn widths(examples: &TrainingExamples) -> String {
    format!(
        "--max_seq_length={} --max_predictions_per_seq={}",
        examples.max_length(),
        max_predictions(examples)
    )
}

fn sentences(arguments: &ExamplesArguments) -> Result<()> {
    check_no_masks(&arguments.draw, arguments.dupe_factor).map_err(wrong_call)?;
    let split = shards_folder::split(&arguments.draw.split);
    let shards = ShardSet::open(&arguments.shards, split)?;
    let prefix = &arguments.out;
    let counts = watched(shards.len() as u64, |progress| {
        write_megatron(&shards, prefix, progress)
    })?;
    print(&format!(
        "{}.bin, .idx: {} documents, {} sentences, {} pieces",
        prefix.display(),
        grouped(counts.documents),
        grouped(counts.sentences),
        grouped(counts.pieces)
    ));
    print("without masks: Megatron draws its own, of pieces, not of these words");
    Ok(())
}

/// Options that no unmasked sentence follows are refused, not passed over.
fn check_no_masks(draw: &DrawArguments, dupe_factor: u64) -> Result<()> {
    let plain = DrawArguments::default();
    let given = [
        ("--objective", draw.objective != plain.objective),
        ("--epoch", draw.epoch != plain.epoch),
        ("--seed", draw.seed.is_some()),
        ("--pairs", draw.pairs != plain.pairs),
        ("--dupe-factor", dupe_factor != 1),
    ];
    for (option, is_given) in given {
        ensure!(
            !is_given,
            "{option}: nothing is drawn with --format megatron, where masks and pairs are Megatron's; leave it out"
        );
    }
    Ok(())
}

/// Runs what tells how many examples it has written.
fn watched<T, E: Into<anyhow::Error>>(
    total: u64,
    work: impl FnOnce(&mut dyn FnMut(u64)) -> Result<T, E>,
) -> Result<T> {
    let mut bar = Bar::new("examples", total);
    let done = work(&mut |done| bar.set(done, &format!("{} of {}", grouped(done), grouped(total))));
    bar.finish();
    done.map_err(Into::into)
}

//! `macbert examples`: exports examples for other training programs.

use std::process::ExitCode;

use anyhow::{Result, anyhow, ensure};
use dataset::{max_predictions, megatron_files, write_megatron, write_parquet, write_tfrecord};
use shard::ShardSet;

use super::draw::Source;
use crate::arguments::choices::ExampleFormat;
use crate::arguments::draw::DrawArguments;
use crate::arguments::shards::ExamplesArguments;
use crate::failure::usage_error;
use crate::numbers::{bytes, grouped};
use crate::progress::{Bar, print};

/// Writes the examples in the format that is asked for.
pub(crate) fn run(arguments: &ExamplesArguments) -> Result<ExitCode> {
    check_target(arguments).map_err(usage_error)?;
    match arguments.format {
        ExampleFormat::Parquet | ExampleFormat::Tfrecord => masked(arguments)?,
        ExampleFormat::Megatron => sentences(arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn masked(arguments: &ExamplesArguments) -> Result<()> {
    let (draw, out) = (&arguments.draw, &arguments.out);
    let source = Source::of(&draw.source)?;
    source.check_one_rate().map_err(usage_error)?;
    let masker = source.masker(&source.vocabulary()?)?;
    let examples = source.examples(draw.split.0, &masker)?;
    let last = draw.epoch.checked_add(arguments.dupe_factor - 1);
    let last = last.ok_or_else(|| {
        let last = u64::MAX;
        usage_error(anyhow!(
            "--epoch plus --dupe-factor is too large: the last possible epoch is {last}"
        ))
    })?;
    let n_predictions = match arguments.format {
        ExampleFormat::Tfrecord => Some(max_predictions(&examples)?),
        _ => None,
    };
    let epochs = draw.epoch..=last;
    let total = examples.len() as u64 * arguments.dupe_factor;
    let count = watched(total, |progress| match n_predictions {
        Some(width) => write_tfrecord(&examples, epochs, width, out, progress),
        None => write_parquet(&examples, epochs, out, progress),
    })?;
    let size = std::fs::metadata(out)?.len();
    print(&format!(
        "{}: {} examples, {}",
        out.display(),
        grouped(count),
        bytes(size)
    ));
    if let Some(width) = n_predictions {
        // The options that BERT's `run_pretraining.py` needs to read the records: the widths that they were padded to.
        print(&format!(
            "--max_seq_length={} --max_predictions_per_seq={width}",
            examples.max_length()
        ));
    }
    Ok(())
}

/// Refuses to replace a file, unless --overwrite asks for it. The check runs before any work.
fn check_target(arguments: &ExamplesArguments) -> Result<()> {
    let out = &arguments.out;
    let targets = match arguments.format {
        ExampleFormat::Parquet | ExampleFormat::Tfrecord => vec![out.clone()],
        ExampleFormat::Megatron => megatron_files(out).to_vec(),
    };
    for target in targets {
        ensure!(
            arguments.overwrite || !target.exists(),
            "{} exists already; name another --out, or replace it with --overwrite",
            target.display()
        );
    }
    Ok(())
}

fn sentences(arguments: &ExamplesArguments) -> Result<()> {
    check_no_masks(&arguments.draw, arguments.dupe_factor).map_err(usage_error)?;
    let source = Source::of(&arguments.draw.source)?;
    let [folder] = source.folders.as_slice() else {
        let error = anyhow!(
            "Megatron's files hold the shards of one folder, and the config mixes {}; name one of them before --config",
            source.title()
        );
        return Err(usage_error(error));
    };
    let shards = ShardSet::open(&folder.path, arguments.draw.split.0)?;
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
    print("without masks: Megatron draws its own, and masks pieces instead of whole words");
    Ok(())
}

/// Refuses options that have no effect on unmasked sentences.
fn check_no_masks(draw: &DrawArguments, dupe_factor: u64) -> Result<()> {
    let source = &draw.source;
    let given = [
        ("--objective", source.objective.is_some()),
        ("--epoch", draw.epoch != 0),
        ("--seed", source.seed.is_some()),
        ("--pairs", source.pairs.is_some()),
        ("--dupe-factor", dupe_factor != 1),
    ];
    for (option, is_given) in given {
        ensure!(
            !is_given,
            "{option} has no effect with --format megatron, because Megatron draws masks and pairs itself; leave the option out"
        );
    }
    Ok(())
}

/// Runs an export and shows how many examples it has written.
fn watched<T, E: Into<anyhow::Error>>(
    total: u64,
    work: impl FnOnce(&mut dyn FnMut(u64)) -> Result<T, E>,
) -> Result<T> {
    let mut bar = Bar::new("examples", total);
    let done = work(&mut |done| bar.set(done, &format!("{} of {}", grouped(done), grouped(total))));
    bar.finish();
    done.map_err(Into::into)
}

//! `macbert evaluate`: measures a checkpoint on held-out examples.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use dataset::{detection_without_context, label_counts, unigram_baseline};
use model::LoadOptions;
use segment::{CheckpointTokenizer, Vocabulary};
use shard::Split;

use super::draw::Source;
use super::figures::print_figures;
use crate::arguments::model::EvaluateArguments;
use crate::numbers::grouped;
use crate::paint::{BOLD, painted};
use crate::progress::{note, print};
use crate::reports::evaluation::{detection_figures, evaluation_figures};
use crate::reports::load::load_remarks;

/// The width of the names in the report, in terminal columns.
const COLUMNS: usize = 34;

/// Evaluates a checkpoint on the held-out side of shards.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<ExitCode> {
    let checkpoint = &arguments.checkpoint;
    let device = device::by_name(&arguments.device.device)?;
    let source = Source::of(&arguments.source)?;
    let vocabulary = source.vocabulary()?;
    let tokenizer = CheckpointTokenizer::read(checkpoint)?;
    check_vocabulary(checkpoint, &tokenizer.vocabulary, &vocabulary)?;
    let masker = source.masker(&vocabulary)?;
    let held_out = source.examples(Split::HeldOut, &masker)?;
    let n_pieces = tokenizer.n_pieces();
    let options = LoadOptions {
        seed: source.seed,
        n_pieces: Some(n_pieces),
        partial: false,
    };
    let loaded = model::load_with(checkpoint, &device, options)?;
    loaded
        .config
        .check_fits(n_pieces, held_out.max_length())
        .context("the checkpoint does not fit the shards")?;
    for remark in load_remarks(&loaded.report) {
        note(&remark);
    }
    let train = source.examples(Split::Train, &masker)?;
    let baseline = unigram_baseline(&label_counts(&train)?, &held_out)?;
    let detection = detection_without_context(&train, &held_out)?;
    let evaluation = trainer::evaluate(&loaded.model, &held_out, arguments.batch)?;
    let title = format!("{} held-out examples", grouped(evaluation.n_examples));
    print(&painted(BOLD, &title));
    let mut figures = evaluation_figures(&evaluation, &baseline);
    figures.extend(detection_figures(&detection));
    print_figures(&figures, COLUMNS);
    Ok(ExitCode::SUCCESS)
}

/// Refuses a checkpoint with another vocabulary than the shards. Its piece ids have other meanings, so the results
/// would be meaningless.
fn check_vocabulary(checkpoint: &Path, known: &Vocabulary, vocabulary: &Vocabulary) -> Result<()> {
    ensure!(
        known.sha256() == vocabulary.sha256(),
        "{} has the vocabulary {}, but the shards were made with {}; evaluate on shards of the same vocabulary",
        checkpoint.display(),
        known.sha256(),
        vocabulary.sha256()
    );
    Ok(())
}

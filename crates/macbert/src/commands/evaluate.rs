//! `macbert evaluate`: measures a checkpoint on held-out examples.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use dataset::{
    label_counts, open_examples, open_masker, open_vocabulary, told_without_context,
    unigram_baseline,
};
use masking::MaskingOptions;
use segment::{CheckpointTokenizer, Vocabulary};
use shard::Split;

use super::draw::seed_of;
use super::figures::print_figures;
use crate::arguments::model::EvaluateArguments;
use crate::numbers::grouped;
use crate::paint::{BOLD, painted};
use crate::progress::{note, print};
use crate::reports::evaluation::{evaluation_figures, told_figures};
use crate::reports::load::load_remarks;

/// The width of the names in the report, in terminal columns.
const COLUMNS: usize = 34;

/// Evaluates a checkpoint on the held-out side of a folder of shards.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<ExitCode> {
    let EvaluateArguments {
        checkpoint, shards, ..
    } = arguments;
    let objective = MaskingOptions::preset(arguments.objective.0).resolve()?;
    let device = device::by_name(&arguments.device.device)?;
    let vocabulary = open_vocabulary(shards)?;
    check_vocabulary(checkpoint, &vocabulary)?;
    let masker = open_masker(shards, &vocabulary, objective)?;
    let seed = seed_of(shards, arguments.seed)?;
    let side = |split| open_examples(shards, split, &masker, arguments.pairs.0, seed);
    let held_out = side(Split::HeldOut)?;
    let loaded = model::load(checkpoint, &device, seed)?;
    loaded
        .config
        .check_fits(vocabulary.len(), held_out.max_length())
        .context("the checkpoint does not fit the shards")?;
    for remark in load_remarks(&loaded.report) {
        note(&remark);
    }
    let train = side(Split::Train)?;
    let baseline = unigram_baseline(&label_counts(&train)?, &held_out)?;
    let told = told_without_context(&train, &held_out)?;
    let evaluation = trainer::evaluate(&loaded.model, &held_out, arguments.batch)?;
    let title = format!("{} held-out examples", grouped(evaluation.n_examples));
    print(&painted(BOLD, &title));
    let mut figures = evaluation_figures(&evaluation, &baseline);
    figures.extend(told_figures(&told));
    print_figures(&figures, COLUMNS);
    Ok(ExitCode::SUCCESS)
}

/// Refuses a checkpoint with another vocabulary than the shards. Its piece ids have other meanings, so the results
/// would be meaningless.
fn check_vocabulary(checkpoint: &Path, vocabulary: &Vocabulary) -> Result<()> {
    let known = CheckpointTokenizer::read(checkpoint)?.vocabulary;
    ensure!(
        known.sha256() == vocabulary.sha256(),
        "{} has the vocabulary {}, but the shards were made with {}; evaluate on shards of the same vocabulary",
        checkpoint.display(),
        known.sha256(),
        vocabulary.sha256()
    );
    Ok(())
}

//! `macbert evaluate`: held-out figures of a checkpoint.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use dataset::{label_counts, unigram_baseline};
use segment::Vocabulary;
use shard::{ShardSet, Split};
use trainer::{Evaluation, kinds};

use crate::arguments::EvaluateArguments;
use crate::paint::{BOLD, grouped, padded, painted};
use crate::progress::print;

use super::{hub_folder, shards_folder};

/// Evaluates a checkpoint on the held-out side of a folder of shards.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<ExitCode> {
    let objective = shards_folder::objective(&arguments.objective)?;
    let pairs = shards_folder::pairs(&arguments.pairs)?;
    let device = device::by_name(&arguments.device)?;
    let vocabulary = shards_folder::vocabulary(&arguments.shards)?;
    check_vocabulary(&arguments.checkpoint, &vocabulary)?;
    let masker = shards_folder::masker(&arguments.shards, &vocabulary, objective)?;
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => ShardSet::manifest_of(&arguments.shards)?.seed,
    };
    let side = |split| shards_folder::examples(&arguments.shards, split, &masker, pairs, seed);
    let held_out = side(Split::HeldOut)?;
    let loaded = model::load(&arguments.checkpoint, &device, seed)?;
    loaded
        .config
        .check_fits(vocabulary.len(), held_out.max_length())
        .context("the checkpoint does not fit the shards")?;
    hub_folder::note_report(&loaded.report);
    let baseline = unigram_baseline(&label_counts(&side(Split::Train)?)?, &held_out)?;
    let evaluation = trainer::evaluate(&loaded.model, &held_out, arguments.batch)?;
    print(&painted(
        BOLD,
        &format!("{} held-out examples", grouped(evaluation.n_examples)),
    ));
    for (name, figure) in figures(&evaluation, &baseline) {
        print(&format!("  {} {figure}", padded(&name, 34)));
    }
    Ok(ExitCode::SUCCESS)
}

/// A checkpoint says by its vocabulary what its ids mean; one of another vocabulary would give figures of nonsense.
fn check_vocabulary(checkpoint: &Path, vocabulary: &Vocabulary) -> Result<()> {
    let known = hub_folder::tokenizer_of(checkpoint)?.vocabulary;
    ensure!(
        known.sha256() == vocabulary.sha256(),
        "{} has the vocabulary {}, but the shards were made with {}",
        checkpoint.display(),
        known.sha256(),
        vocabulary.sha256()
    );
    Ok(())
}

/// The figures of an evaluation beside its baselines.
pub(crate) fn figures(
    evaluation: &Evaluation,
    baseline: &dataset::Baseline,
) -> Vec<(String, String)> {
    let share = |value: f64| format!("{:.2} %", 100.0 * value);
    let mut figures = vec![
        (
            "masked loss".to_owned(),
            format!("{:.4} nats", evaluation.masked_loss),
        ),
        (
            "  unigram baseline".to_owned(),
            format!("{:.4} nats", baseline.loss),
        ),
        (
            "  below the baseline by".to_owned(),
            format!("{:.4} nats", baseline.loss - evaluation.masked_loss),
        ),
        (
            "perplexity".to_owned(),
            format!("{:.1}", evaluation.perplexity),
        ),
        (
            "accuracy at masked positions".to_owned(),
            share(evaluation.masked_accuracy()),
        ),
    ];
    for (name, counts) in kinds(evaluation) {
        let accuracy = counts.accuracy().unwrap_or_default();
        figures.push((
            format!("  {name}"),
            format!("{} of {}", share(accuracy), grouped(counts.n_labels)),
        ));
    }
    figures.push((
        "  the commonest label's share".to_owned(),
        share(baseline.commonest_share),
    ));
    if evaluation.order_accuracy.is_finite() {
        figures.push((
            "order accuracy".to_owned(),
            share(evaluation.order_accuracy),
        ));
    }
    figures
}

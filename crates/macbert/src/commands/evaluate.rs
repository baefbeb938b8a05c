//! `macbert evaluate`: held-out figures of a checkpoint.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use batch::{label_counts, unigram_baseline};
use shard::{ShardSet, Split};
use sop::PairObjective;
use trainer::{Evaluation, kinds};

use crate::arguments::EvaluateArguments;
use crate::failure::wrong_call;
use crate::paint::{BOLD, grouped, padded, painted};
use crate::progress::{note, print};

use super::shards_folder;

/// Evaluates a checkpoint on the held-out side of a folder of shards.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<ExitCode> {
    let objective = shards_folder::objective(&arguments.objective)?;
    let device = trainer::device(&arguments.device).map_err(|error| wrong_call(error.into()))?;
    let vocabulary = shards_folder::vocabulary(&arguments.shards)?;
    let masker = shards_folder::masker(&arguments.shards, &vocabulary, objective)?;
    let seed = ShardSet::manifest_of(&arguments.shards)?.seed;
    let side = |split| {
        shards_folder::examples(&arguments.shards, split, &masker, PairObjective::Sop, seed)
    };
    let held_out = side(Split::HeldOut)?;
    let baseline = unigram_baseline(&label_counts(&side(Split::Train)?)?, &held_out)?;
    let loaded = model::load(&arguments.checkpoint, &device, seed)?;
    loaded
        .config
        .check_fits(vocabulary.len(), held_out.shards().manifest().max_length)
        .context("the checkpoint does not fit the shards")?;
    if !loaded.report.missing.is_empty() {
        note(&format!(
            "not in the checkpoint, drawn anew: {}",
            loaded.report.missing.join(", ")
        ));
    }
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

/// The figures of an evaluation beside its baselines.
pub(crate) fn figures(
    evaluation: &Evaluation,
    baseline: &batch::Baseline,
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
    figures.push((
        "order accuracy".to_owned(),
        share(evaluation.order_accuracy),
    ));
    figures
}

//! `macbert evaluate`: measures a checkpoint on held-out examples, or a fine-tuned one on the file of its task.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, ensure};
use dataset::{detection_without_context, label_counts, unigram_baseline};
use finetune::{ScoreInfo, Task, evaluate_task};
use model::LoadOptions;
use segment::{CheckpointTokenizer, Vocabulary};
use shard::Split;

use super::assemble_task::{note_file, read_tokenizer};
use super::draw::Source;
use super::figures::print_figures;
use crate::arguments::model::EvaluateArguments;
use crate::config::task::{TaskConfig, is_task_config, load_task_config};
use crate::failure::usage_error;
use crate::numbers::grouped;
use crate::paint::{BOLD, painted};
use crate::progress::{note, print};
use crate::reports::evaluation::{detection_figures, evaluation_figures};
use crate::reports::figure::Figure;
use crate::reports::load::load_remarks;

/// The width of the names in the report, in terminal columns.
const COLUMNS: usize = 34;
/// The number of examples in a batch, unless the call says another.
const BATCH: usize = 16;

/// Evaluates a checkpoint on the held-out side of shards, or on the reported file of a task's config.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<ExitCode> {
    if let Some(config) = &arguments.source.config
        && is_task_config(config)
    {
        refuse_options_of_shards(arguments)?;
        let config = load_task_config(config, &arguments.source.set)?;
        return run_task(arguments, &config);
    }
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
    let evaluation = trainer::evaluate(&loaded.model, &held_out, arguments.batch.unwrap_or(BATCH))?;
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

/// Refuses what says which held-out examples are read, beside the config of a task, whose file is read instead.
fn refuse_options_of_shards(arguments: &EvaluateArguments) -> Result<()> {
    let source = &arguments.source;
    let given = [
        ("SHARDS", source.shards.is_some()),
        ("--objective", source.objective.is_some()),
        ("--pairs", source.pairs.is_some()),
        ("--seed", source.seed.is_some()),
        ("--batch", arguments.batch.is_some()),
    ];
    let first = given.iter().find(|(_, is_given)| *is_given);
    first.map_or(Ok(()), |(name, _)| {
        Err(usage_error(anyhow!(
            "{name} is for held-out examples of shards, but --config is the config of a task; leave {name} out"
        )))
    })
}

/// Scores a fine-tuned checkpoint on the reported file of a task.
fn run_task(arguments: &EvaluateArguments, config: &TaskConfig) -> Result<ExitCode> {
    let checkpoint = &arguments.checkpoint;
    let device = device::by_name(&arguments.device.device)?;
    let tokenizer = read_tokenizer(config, checkpoint)?;
    let found = model::read_task(checkpoint)?;
    let task = Task::of_labels(
        &config.task,
        &tokenizer,
        config.model.max_length,
        &found.labels,
    )?;
    let class = task.head().class();
    ensure!(
        found.class == class,
        usage_error(anyhow!(
            "{} is a {}, but the task needs a {class}; fine-tune it first: macbert finetune CONFIG",
            checkpoint.display(),
            found.class
        ))
    );
    let path = config
        .reported_file()
        .expect("a checked config has a reported file");
    let set = task.read(&path)?;
    note_file(&set.report);
    let loaded = model::load_task(checkpoint, task.head(), &device, task.load_options(0))?;
    let most_pieces = config.train.pieces_per_micro_batch;
    let evaluation = evaluate_task(&task, &loaded.model, &set, most_pieces);
    let title = format!(
        "{}: {} examples",
        config.name,
        grouped(set.report.n_examples as u64)
    );
    print(&painted(BOLD, &title));
    let figure =
        |score: ScoreInfo| Figure::new(score.name, format!("{:.2}", evaluation.scores[score.name]));
    let figures: Vec<Figure> = config.task.scores().into_iter().map(figure).collect();
    print_figures(&figures, COLUMNS);
    Ok(ExitCode::SUCCESS)
}

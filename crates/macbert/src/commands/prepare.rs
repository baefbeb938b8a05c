//! `macbert prepare`: the corpus of a config to shards.

use std::process::ExitCode;
use std::sync::mpsc::channel;

use anyhow::Result;
use corpus::Corpus;
use prepare::{Finished, PrepareJob, Progress};
use segment::Segmenter;
use shard::Manifest;

use crate::arguments::PrepareArguments;
use crate::config::{self, Config};
use crate::failure::wrong_call;
use crate::paint::{BOLD, bytes, grouped, padded, painted};
use crate::progress::{Bar, duration, note, print};
use crate::signals::stop_flag;
use crate::task;

use super::drops::say_drops;
use super::{dry_run, synonyms, vocab};

/// Prepares the shards of a config.
pub(crate) fn run(arguments: &PrepareArguments) -> Result<ExitCode> {
    let config = config::load(&arguments.config.config, &arguments.config.set)?;
    if arguments.config.dry_run {
        dry_run::show(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    config.check_start()?;
    let variable = |name: &str| std::env::var(name).ok();
    let task = task::find(arguments.task, arguments.num_tasks, variable).map_err(wrong_call)?;
    if let Some(task) = &task {
        check_ready(&config)?;
        note(&format!(
            "task {} of {} ({})",
            task.share.index(),
            task.share.n_tasks(),
            task.from
        ));
    }
    let stop = stop_flag()?;
    let corpus = Corpus::open(&config.base, &config.corpus)?;
    let vocabulary = vocab::read_or_build(&config)?;
    let table = synonyms::open_or_build(&config, &vocabulary)?;
    let function_words = synonyms::function_words(&config)?;
    let mut segment = config.segment.clone();
    segment.dictionary = segment.dictionary.map(|path| config.path(&path));
    let segmenter = Segmenter::new(&vocabulary, &segment)?;
    let folder = config.path(&config.shards.directory);
    let job = PrepareJob {
        corpus: &corpus,
        segmenter: &segmenter,
        table: table.as_deref(),
        function_words: &function_words,
        examples: &config.examples,
        held_out_share: config.shards.held_out_share,
        seed: config.seed,
        examples_per_shard: config.shards.examples_per_shard,
        task: task.map(|task| task.share),
        folder: &folder,
        config: recorded(&config)?,
    };
    let (sender, receiver) = channel();
    let finished = std::thread::scope(|scope| {
        let worker = scope.spawn(|| prepare::prepare(&job, &sender, &stop));
        let mut bar = None;
        while !worker.is_finished() {
            if let Ok(progress) = receiver.recv_timeout(std::time::Duration::from_millis(100)) {
                show_progress(&mut bar, progress);
            }
        }
        bar.into_iter().for_each(Bar::finish);
        worker.join()
    });
    let finished = finished.map_err(|_| anyhow::anyhow!("a thread panicked while preparing"))??;
    if finished.was_done {
        note(&format!("{} is complete already", folder.display()));
    }
    report(&finished, &config);
    Ok(ExitCode::SUCCESS)
}

/// Tasks that each built the vocabulary would each read the whole corpus.
fn check_ready(config: &Config) -> Result<()> {
    let vocabulary = config.path(&config.vocabulary.path);
    let table = config.similar_words.as_ref();
    let table = table.map(|section| config.path(&section.table));
    let need = [(Some(vocabulary), "vocab build"), (table, "synonyms build")];
    for (path, command) in need {
        if let Some(path) = path.filter(|path| !path.exists()) {
            let path = path.display();
            let error = anyhow::anyhow!(
                "{path} is not there; run `macbert {command}` once before the tasks"
            );
            return Err(wrong_call(error));
        }
    }
    Ok(())
}

/// What decides the shards' bytes, as the manifest keeps it.
pub(crate) fn recorded(config: &Config) -> Result<serde_json::Value> {
    Ok(serde_json::json!({
        "seed": config.seed,
        "corpus": serde_json::to_value(&config.corpus)?,
        "segment": serde_json::to_value(&config.segment)?,
        "examples": serde_json::to_value(&config.examples)?,
        "held_out_share": config.shards.held_out_share,
        "examples_per_shard": config.shards.examples_per_shard,
    }))
}

fn show_progress(bar: &mut Option<Bar>, progress: Progress) {
    let bar = bar.get_or_insert_with(|| Bar::new("prepare", progress.total));
    let more = format!(
        "{} of {}, {} documents",
        bytes(progress.bytes),
        bytes(progress.total),
        grouped(progress.documents)
    );
    bar.set(progress.bytes, &more);
}

fn report(finished: &Finished, config: &Config) {
    let manifest = &finished.manifest;
    print(&painted(
        BOLD,
        &config.path(&config.shards.directory).display().to_string(),
    ));
    for (name, figure) in figures(manifest) {
        print(&format!("  {} {figure}", padded(name, 34)));
    }
    say_drops(&finished.drops);
    if !finished.was_done {
        let times = &finished.times;
        note(&format!(
            "  {} in all: reading {}, cutting {} (all threads), writing {}",
            duration(times.total),
            duration(times.read),
            duration(times.segment),
            duration(times.write)
        ));
    }
}

pub(super) fn figures(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let counts = &manifest.counts;
    let share = |part: u64, whole: u64| {
        format!(
            "{} ({:.2} %)",
            grouped(part),
            100.0 * part as f64 / whole.max(1) as f64
        )
    };
    let sum = |files: &[shard::ShardFile]| files.iter().map(|file| file.n_examples).sum::<u64>();
    let mut figures = vec![
        ("documents", grouped(counts.documents)),
        (
            "  held out",
            share(counts.held_out_documents, counts.documents),
        ),
        (
            "  without a sentence",
            grouped(counts.drops.empty_documents),
        ),
        (
            "  of one sentence: no example",
            grouped(counts.drops.single_sentence_documents),
        ),
        ("records dropped on reading", dropped_records(manifest)),
        ("characters", grouped(counts.characters)),
        ("sentences", grouped(counts.sentences)),
        (
            "  cut: longer than an example, or alone",
            grouped(counts.drops.cut_sentences),
        ),
        (
            "  dropped: alone, fitting nowhere",
            grouped(counts.drops.lone_sentences),
        ),
        ("units", grouped(counts.units)),
        ("pieces", grouped(counts.pieces)),
        ("  [UNK]", share(counts.unknown_pieces, counts.pieces)),
        (
            "  dropped with their sentences",
            share(counts.drops.dropped_pieces, counts.pieces),
        ),
        ("examples to train on", grouped(sum(&manifest.train))),
        ("examples held out", grouped(sum(&manifest.held_out))),
        (
            "padding at the full length",
            format!("{:.2} %", 100.0 * manifest.padding_share()),
        ),
    ];
    if manifest.table_sha256.is_some() {
        figures.push((
            "running Han words (function words aside)",
            grouped(counts.han_units),
        ));
        figures.push((
            "  with a similar word",
            share(counts.han_units_with_similar, counts.han_units),
        ));
    }
    figures
}

fn dropped_records(manifest: &Manifest) -> String {
    let dropped = &manifest.counts.dropped_records;
    if dropped.is_empty() {
        return "0".to_owned();
    }
    let reasons: Vec<String> = dropped
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    reasons.join(", ")
}

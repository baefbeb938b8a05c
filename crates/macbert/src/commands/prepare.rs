//! `macbert prepare`: the corpus of a config to shards.

use std::process::ExitCode;
use std::sync::mpsc::{Sender, channel};

use anyhow::{Context as _, Result};
use corpus::Corpus;
use prepare::{Finished, PrepareError, PrepareJob, Progress};
use repro::sha256_file;
use segment::Segmenter;

use crate::arguments::PrepareArguments;
use crate::config::{self, Config};
use crate::failure::wrong_call;
use crate::paint::{bytes, grouped};
use crate::progress::{Bar, note};
use crate::signals::stop_flag;
use crate::task;

use super::{dry_run, quality, synonyms, vocab};

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
    let segmenter = Segmenter::new(&vocabulary, &config.segment_options())?;
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
        near_duplicates: config.shards.near_duplicates,
        folder: &folder,
        config: recorded(&config)?,
    };
    let finished = watched("prepare", |sender| prepare::prepare(&job, sender, &stop))?;
    if finished.was_done {
        note(&format!("{} is complete already", folder.display()));
    }
    let title = folder.display().to_string();
    quality::show(&title, &finished, arguments.html.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a preparation and shows how far it is.
pub(super) fn watched(
    what: &'static str,
    run: impl FnOnce(&Sender<Progress>) -> Result<Finished, PrepareError> + Send,
) -> Result<Finished> {
    let (sender, receiver) = channel();
    let finished = std::thread::scope(|scope| {
        let worker = scope.spawn(move || run(&sender));
        let mut bar = None;
        while !worker.is_finished() {
            if let Ok(progress) = receiver.recv_timeout(std::time::Duration::from_millis(100)) {
                show_progress(what, &mut bar, progress);
            }
        }
        bar.into_iter().for_each(Bar::finish);
        worker.join()
    });
    Ok(finished.map_err(|_| anyhow::anyhow!("a thread panicked while preparing"))??)
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
    let mut recorded = serde_json::json!({
        "seed": config.seed,
        "corpus": serde_json::to_value(&config.corpus)?,
        "segment": serde_json::to_value(&config.segment)?,
        "examples": serde_json::to_value(&config.examples)?,
        "held_out_share": config.shards.held_out_share,
        "examples_per_shard": config.shards.examples_per_shard,
    });
    if let Some(likeness) = config.shards.near_duplicates {
        recorded["near_duplicates"] = likeness.into();
    }
    if let Some(list) = &config.corpus.drop_list {
        let list = config.path(list);
        let sha256 = sha256_file(&list).with_context(|| list.display().to_string());
        recorded["drop_list_sha256"] = sha256.context("corpus.drop_list")?.into();
    }
    Ok(recorded)
}

fn show_progress(what: &'static str, bar: &mut Option<Bar>, progress: Progress) {
    let bar = bar.get_or_insert_with(|| Bar::new(what, progress.total));
    let more = format!(
        "{} of {}, {} documents",
        bytes(progress.bytes),
        bytes(progress.total),
        grouped(progress.documents)
    );
    bar.set(progress.bytes, &more);
}

//! `macbert prepare`: turns the corpus of a config into shards.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use anyhow::{Result, anyhow};
use corpus::Share;
use prepare::{Failure, Finished, PrepareError, PrepareJob, Progress};
use segment::{Segmenter, Vocabulary};
use synonym::FunctionWords;

use super::dry_run::print_job;
use super::reading::{open_corpus, say_drops};
use super::synonyms::build::open_or_build;
use super::{quality, vocab};
use crate::arguments::corpus::PrepareArguments;
use crate::config::fingerprint::shards_fingerprint;
use crate::config::job::Config;
use crate::config::load::load;
use crate::failure::usage_error;
use crate::launch::{CorpusTask, corpus_task};
use crate::numbers::{bytes, grouped};
use crate::progress::{Bar, note};
use crate::reports::dictionary::note_dictionary;
use crate::signals::stop_flag;

/// Prepares the shards of a config.
pub(crate) fn run(arguments: &PrepareArguments) -> Result<ExitCode> {
    let config = load(&arguments.config.config, &arguments.config.change.set)?;
    if arguments.config.change.dry_run {
        print_job(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    config.check_start()?;
    let share = task(arguments, &config)?.map(|task| task.share);
    let stop = stop_flag()?;
    let finished = prepare_shards(&config, share, arguments.allow_unknown, &stop)?;
    let folder = config.path(&config.shards.directory);
    if finished.was_done {
        note(&format!("{} is complete already", folder.display()));
    }
    let title = folder.display().to_string();
    quality::show(&title, &finished, arguments.page.html.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

/// Prepares the shards of a config, or the part `share` of them. What is complete already stays as it is.
pub(super) fn prepare_shards(
    config: &Config,
    share: Option<Share>,
    allow_unknown: bool,
    stop: &AtomicBool,
) -> Result<Finished> {
    let made = Made::before(config);
    let finished = prepare(config, share, allow_unknown, stop);
    if finished.as_ref().is_err_and(|error| !is_stop(error)) {
        made.remove();
    }
    finished
}

/// The vocabulary and the table, if they are not there before a run.
struct Made(Vec<PathBuf>);

impl Made {
    fn before(config: &Config) -> Self {
        let table = config.similar_words.as_ref().map(|section| &section.table);
        let files = [Some(&config.vocabulary.path), table].into_iter().flatten();
        let files = files.map(|path| config.path(path));
        Self(files.filter(|path| !path.exists()).collect())
    }

    /// Removes what the run made of them. The run failed, perhaps because its corpus is not the one that was meant: the next
    /// run must not use these files without a word.
    fn remove(self) {
        for path in self.0 {
            if std::fs::remove_file(&path).is_ok() {
                note(&format!(
                    "removed {}, which this run had made",
                    path.display()
                ));
            }
        }
    }
}

/// Whether a preparation ended because its user stopped it.
pub(super) fn is_stop(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(PrepareError::Stopped))
}

fn prepare(
    config: &Config,
    share: Option<Share>,
    allow_unknown: bool,
    stop: &AtomicBool,
) -> Result<Finished> {
    let corpus = open_corpus(&config.base, &config.corpus)?;
    let vocabulary = vocab::read_or_build(config, Some(&corpus))?;
    let table = open_or_build(config, &vocabulary)?;
    let function_words = match config.table_job() {
        Some(job) => job.function_words()?,
        None => FunctionWords::default(),
    };
    let segmenter = Segmenter::new(&vocabulary, &config.segment_options())?;
    note_dictionary(segmenter.dictionary_report());
    let folder = config.path(&config.shards.directory);
    let job = PrepareJob {
        corpus: &corpus,
        segmenter: &segmenter,
        table: table.as_deref(),
        function_words: &function_words,
        examples: &config.examples,
        pairs: config.pairs.objective,
        held_out_share: config.shards.held_out_share,
        seed: config.shards_seed(),
        examples_per_shard: config.shards.examples_per_shard,
        task: share,
        allow_unknown,
        near_duplicates: config.shards.near_duplicates,
        folder: &folder,
        config: shards_fingerprint(config)?,
    };
    watched("prepare", |sender| prepare::prepare(&job, sender, stop))
}

/// The part of the corpus that this process prepares; `None` for the whole corpus.
fn task(arguments: &PrepareArguments, config: &Config) -> Result<Option<CorpusTask>> {
    let variable = |name: &str| std::env::var(name).ok();
    let task = corpus_task(arguments.task, arguments.num_tasks, variable).map_err(usage_error)?;
    if let Some(CorpusTask { share, from }) = &task {
        check_ready(config)?;
        let (index, n_tasks) = (share.index(), share.n_tasks());
        note(&format!("task {index} of {n_tasks} ({from})"));
    }
    Ok(task)
}

/// Refuses a task if the vocabulary or the table is not there yet: each task would read the whole corpus to build them.
fn check_ready(config: &Config) -> Result<()> {
    if Vocabulary::find(&config.path(&config.vocabulary.path)).is_none() {
        return Err(vocab::missing(config).context("no task may build the vocabulary"));
    }
    let table = config.similar_words.as_ref();
    let table = table.map(|section| config.path(&section.table));
    if let Some(path) = table.filter(|path| !path.exists()) {
        let path = path.display();
        return Err(usage_error(anyhow!(
            "{path} is not there; run `macbert synonyms build` once before the tasks"
        )));
    }
    Ok(())
}

/// Runs a preparation and shows its progress. If it fails, says what was dropped until then.
pub(super) fn watched(
    what: &'static str,
    run: impl FnOnce(&Sender<Progress>) -> Result<Finished, Failure> + Send,
) -> Result<Finished> {
    let (sender, receiver) = channel();
    let finished = std::thread::scope(|scope| {
        let worker = scope.spawn(move || run(&sender));
        let mut bar = None;
        while !worker.is_finished() {
            if let Ok(progress) = receiver.recv_timeout(Duration::from_millis(100)) {
                show_progress(what, &mut bar, progress);
            }
        }
        bar.into_iter().for_each(Bar::finish);
        worker.join()
    });
    let finished = finished.map_err(|_| anyhow!("a thread panicked while preparing"))?;
    finished.map_err(|failure| {
        say_drops(&failure.drops);
        failure.error.into()
    })
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

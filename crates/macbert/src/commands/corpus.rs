//! `macbert corpus stats`: the statistics of a corpus before it is prepared.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use corpus::{Corpus, CorpusOptions};
use prepare::PrepareJob;
use segment::{SegmentOptions, Segmenter, Vocabulary};
use shard::MAX_LENGTH;
use sop::{ExampleOptions, N_SPECIALS, PairObjective};
use synonym::{FunctionWords, SimilarWords};

use super::figures::print_written;
use super::prepare::watched;
use super::quality;
use super::reading::open_corpus;
use crate::arguments::corpus::StatsArguments;
use crate::config::check::check_likeness;
use crate::config::job::Config;
use crate::config::load::load;
use crate::failure::usage_error;
use crate::reports::dictionary::note_dictionary;
use crate::signals::stop_flag;

/// The longest example in pieces, if there is no config: the number of positions of BERT.
const MAX_EXAMPLE: usize = 512;

/// Everything that a report depends on.
struct Survey {
    corpus: Corpus,
    segmenter: Segmenter,
    table: Option<SimilarWords>,
    function_words: FunctionWords,
    examples: ExampleOptions,
    pairs: PairObjective,
    held_out_share: f64,
    seed: u64,
    near_duplicates: Option<f64>,
    title: String,
}

/// Reports on a corpus. Writes no file except the list and the page, if the arguments ask for them.
pub(crate) fn stats(arguments: &StatsArguments) -> Result<ExitCode> {
    if let Some(likeness) = arguments.near_duplicates {
        check_likeness("--near-duplicates", likeness).map_err(usage_error)?;
    }
    let survey = survey(arguments)?;
    let stop = stop_flag()?;
    let job = PrepareJob {
        corpus: &survey.corpus,
        segmenter: &survey.segmenter,
        table: survey.table.as_ref(),
        function_words: &survey.function_words,
        examples: &survey.examples,
        pairs: survey.pairs,
        held_out_share: survey.held_out_share,
        seed: survey.seed,
        examples_per_shard: usize::MAX,
        task: None,
        allow_unknown: true,
        near_duplicates: survey.near_duplicates,
        folder: Path::new(""),
        config: serde_json::Value::Null,
    };
    let list = arguments.drop_list.as_deref();
    let finished = watched("corpus", |sender| {
        prepare::survey(&job, list, sender, &stop)
    })?;
    quality::show(&survey.title, &finished, arguments.page.html.as_deref())?;
    if let Some(list) = list {
        print_written("list", list);
    }
    Ok(ExitCode::SUCCESS)
}

fn survey(arguments: &StatsArguments) -> Result<Survey> {
    let config = arguments.config.as_deref();
    let config = config.map(|path| load(path, &arguments.set));
    let config = config.transpose()?;
    let vocabulary = match (&arguments.vocabulary, &config) {
        (Some(path), _) => path.clone(),
        (None, Some(config)) => config.path(&config.vocabulary.path),
        (None, None) => PathBuf::new(), // clap refuses such a call
    };
    let vocabulary = Arc::new(Vocabulary::read(&vocabulary)?);
    let (corpus, title) = corpus_of(arguments, config.as_ref())?;
    let mut survey = Survey {
        segmenter: Segmenter::new(&vocabulary, &SegmentOptions::default())?,
        corpus,
        table: None,
        function_words: FunctionWords::default(),
        examples: ExampleOptions {
            max_length: MAX_EXAMPLE,
            short_share: 0.0,
        },
        pairs: PairObjective::Sop,
        held_out_share: 0.0,
        seed: 0,
        near_duplicates: arguments.near_duplicates,
        title,
    };
    if let Some(config) = &config {
        survey.segmenter = Segmenter::new(&vocabulary, &config.segment_options())?;
        note_dictionary(survey.segmenter.dictionary_report());
        survey.table = open_table(config, &vocabulary)?;
        if let Some(job) = config.table_job() {
            survey.function_words = job.function_words()?;
        }
        survey.examples = config.examples.clone();
        survey.pairs = config.pairs.objective;
        survey.held_out_share = config.shards.held_out_share;
        survey.seed = config.shards_seed();
        let likeness = config.shards.near_duplicates;
        survey.near_duplicates = survey.near_duplicates.or(likeness);
    }
    if let Some(max_length) = arguments.max_length {
        ensure!(
            (N_SPECIALS + 2..=MAX_LENGTH).contains(&max_length),
            usage_error(anyhow!(
                "--max-length: expected {} to {MAX_LENGTH}, found {max_length}",
                N_SPECIALS + 2
            ))
        );
        survey.examples.max_length = max_length;
    }
    Ok(survey)
}

fn corpus_of(arguments: &StatsArguments, config: Option<&Config>) -> Result<(Corpus, String)> {
    let mut options = config.map_or_else(|| CorpusOptions::of(""), |config| config.corpus.clone());
    if let (true, Some(config)) = (arguments.paths.is_empty(), config) {
        let title = arguments.config.as_deref().unwrap_or(Path::new(""));
        let corpus = open_corpus(&config.base, &options)?;
        return Ok((corpus, title.display().to_string()));
    }
    let paths = arguments.paths.iter();
    options.paths = paths.map(|path| path.display().to_string()).collect();
    options.drop_list = None; // it names documents of the config's own paths
    let title = options.paths.join(", ");
    Ok((open_corpus(Path::new(""), &options)?, title))
}

/// Opens the table of a config. Returns `None` if there is no such file: a table is not built just for a report.
fn open_table(config: &Config, vocabulary: &Vocabulary) -> Result<Option<SimilarWords>> {
    let section = config.similar_words.as_ref();
    let path = section.map(|section| config.path(&section.table));
    let path = path.filter(|path| path.exists());
    Ok(path
        .map(|path| SimilarWords::open(&path, vocabulary))
        .transpose()?)
}

//! `macbert synonyms build`: compiles vectors or a list into the similar-word table of a vocabulary.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use segment::{PieceTokenizer, Vocabulary};
use synonym::{SimilarWords, TableJob, compile};

use crate::arguments::config::ConfigArguments;
use crate::commands::dry_run::print_config;
use crate::commands::vocab;
use crate::config::job::Config;
use crate::config::load::load;
use crate::config::words::{is_words_config, load_words};
use crate::failure::usage_error;
use crate::numbers::bytes;
use crate::progress::{note, print};

/// Compiles the table of a config. A table that is already there is replaced.
pub(crate) fn run(arguments: &ConfigArguments) -> Result<ExitCode> {
    let change = &arguments.change;
    if is_words_config(&arguments.config) {
        let config = load_words(Some(&arguments.config), &change.set)?;
        if change.dry_run {
            print_config(&config)?;
            return Ok(ExitCode::SUCCESS);
        }
        let vocabulary = Vocabulary::read(&config.path(&config.vocabulary.path))?;
        return build(&config.table_job(), &vocabulary);
    }
    let config = load(&arguments.config, &change.set)?;
    let job = config
        .table_job()
        .context("the config has no [similar_words]")
        .map_err(usage_error)?;
    if change.dry_run {
        print_config(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    let vocabulary = vocab::read_or_build(&config, None)?;
    build(&job, &vocabulary)
}

fn build(job: &TableJob, vocabulary: &Vocabulary) -> Result<ExitCode> {
    compile_table(job, vocabulary)?;
    let table = SimilarWords::open(&job.section.table, vocabulary)?;
    let size = std::fs::metadata(table.path())?.len();
    print(&format!(
        "{}: {} words, {}, SHA-256 {}",
        table.path().display(),
        table.n_words(),
        bytes(size),
        table.sha256()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The table of a config; `None` if it has no `[similar_words]`. If the table is not there and the config names a source,
/// it is compiled.
pub(crate) fn open_or_build(
    config: &Config,
    vocabulary: &Vocabulary,
) -> Result<Option<Arc<SimilarWords>>> {
    let Some(job) = config.table_job() else {
        return Ok(None);
    };
    let path = &job.section.table;
    if !path.exists() && job.section.source.is_some() {
        note(&format!("{} is not there: compiling it", path.display()));
        compile_table(&job, vocabulary)?;
    }
    let table = SimilarWords::open(path, vocabulary)?;
    job.check_table(&table)?;
    Ok(Some(Arc::new(table)))
}

fn compile_table(job: &TableJob, vocabulary: &Vocabulary) -> Result<()> {
    let tokenizer = PieceTokenizer::new(vocabulary, job.segment.lower_case);
    let source = job.read_source()?;
    source.what_was_read().iter().for_each(|what| note(what));
    let made = job.entries(source, &tokenizer)?;
    if let Some(left_out) = made.left_out {
        note(&format!(
            "words left out: {} with [UNK] among their pieces, {} with the same pieces as an earlier word, {} without a similar word",
            left_out.n_unknown, left_out.n_alike, left_out.n_alone
        ));
    }
    let hash = job.source_sha256()?;
    let mut compiled = compile(&made.entries, &tokenizer, vocabulary, &made.options, &hash);
    for (reason, n) in made.dropped {
        compiled.report.count(reason, n);
    }
    job.check_not_empty(&compiled.report)?;
    note(&format!("{}: {}", job.source()?.display(), compiled.report));
    compiled.table.write(&job.section.table)?;
    Ok(())
}

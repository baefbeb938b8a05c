//! `macbert vocab build`: a vocabulary from a corpus.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, ensure};
use corpus::Corpus;
use segment::{Vocabulary, VocabularyBuilder, VocabularyError};
use shard::VOCABULARY;

use super::dry_run::print_config;
use super::reading::{open_corpus, read_files};
use crate::arguments::config::ConfigArguments;
use crate::config::job::Config;
use crate::config::load::load;
use crate::failure::usage_error;
use crate::numbers::grouped;
use crate::progress::{note, print};

/// Builds the vocabulary of a config. A vocabulary that is already there is replaced.
pub(crate) fn build(arguments: &ConfigArguments) -> Result<ExitCode> {
    let config = load(&arguments.config, &arguments.change.set)?;
    if arguments.change.dry_run {
        print_config(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    ensure!(
        config.model.start_from.is_none(),
        usage_error(anyhow!(
            "the job continues a checkpoint (model.start_from), and only the checkpoint's own vocabulary has its ids; name that file in vocabulary.path"
        ))
    );
    let vocabulary = build_from(&config, None)?;
    let path = config.path(&config.vocabulary.path);
    print(&format!(
        "{}: {} pieces, SHA-256 {}",
        path.display(),
        grouped(vocabulary.len() as u64),
        vocabulary.sha256()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The vocabulary of a config. If the file is not there and the config says how, it is built, from `corpus` if the config's
/// corpus is open already.
///
/// A job that continues a checkpoint needs the checkpoint's vocabulary, so none is built for it.
pub(super) fn read_or_build(config: &Config, corpus: Option<&Corpus>) -> Result<Arc<Vocabulary>> {
    let path = config.path(&config.vocabulary.path);
    let Some(found) = Vocabulary::find(&path) else {
        if config.vocabulary.build.is_none() || config.model.start_from.is_some() {
            return Err(missing(config));
        }
        note(&format!("{} is not there: building it", path.display()));
        return build_from(config, corpus);
    };
    if found != path {
        note(&format!(
            "{} is not there: reading the vocabulary of {}",
            path.display(),
            found.display()
        ));
    }
    Ok(Arc::new(Vocabulary::read(&found)?))
}

/// The error of a vocabulary that is not there, with what to do.
pub(super) fn missing(config: &Config) -> anyhow::Error {
    let path = config.path(&config.vocabulary.path);
    let error = anyhow!(VocabularyError::Missing { path });
    let Some(checkpoint) = &config.model.start_from else {
        return usage_error(error.context(
            "vocabulary.path: run `macbert vocab build` to build a vocabulary from the corpus, or name one that is there",
        ));
    };
    let checkpoint = config.path(checkpoint);
    let folder = if checkpoint.is_dir() {
        checkpoint
    } else {
        checkpoint.with_file_name("")
    };
    let vocabulary = folder.join(VOCABULARY);
    let vocabulary = Vocabulary::find(&vocabulary).unwrap_or(vocabulary);
    usage_error(error.context(format!(
        "vocabulary.path: the job continues a checkpoint, and only the checkpoint's own vocabulary has its ids; name {}",
        vocabulary.display()
    )))
}

fn build_from(config: &Config, corpus: Option<&Corpus>) -> Result<Arc<Vocabulary>> {
    let options = config
        .vocabulary_build_options()
        .context("the config has no [vocabulary.build]")
        .map_err(usage_error)?;
    let opened;
    let corpus = if let Some(corpus) = corpus {
        corpus
    } else {
        opened = open_corpus(&config.base, &config.corpus)?;
        &opened
    };
    let mut builder = VocabularyBuilder::new(options);
    read_files(corpus, "vocabulary", |reading| {
        while let Some(document) = reading.reader.next() {
            builder.add(&document?.text);
            let read = reading.bytes_before + reading.reader.bytes_read();
            reading.bar.set(read, reading.file.path());
        }
        Ok(())
    })?;
    let vocabulary = builder.finish()?;
    vocabulary.write(&config.path(&config.vocabulary.path))?;
    Ok(Arc::new(vocabulary))
}

//! `macbert vocab build`: a vocabulary from a corpus.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use corpus::Corpus;
use segment::{Vocabulary, VocabularyBuilder};

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
pub(super) fn read_or_build(config: &Config, corpus: Option<&Corpus>) -> Result<Arc<Vocabulary>> {
    let path = config.path(&config.vocabulary.path);
    if !path.exists() && config.vocabulary.build.is_some() {
        note(&format!("{} is not there: building it", path.display()));
        return build_from(config, corpus);
    }
    Ok(Arc::new(Vocabulary::read(&path)?))
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

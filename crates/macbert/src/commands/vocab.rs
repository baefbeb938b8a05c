//! `macbert vocab build`: a vocabulary from a corpus.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use corpus::{Corpus, DropReport};
use segment::{Vocabulary, VocabularyBuilder};

use super::drops::say_drops;
use super::dry_run::print_config;
use crate::arguments::config::ConfigArguments;
use crate::config::job::Config;
use crate::config::load::load;
use crate::failure::usage_error;
use crate::numbers::grouped;
use crate::progress::{Bar, note, print};

/// Builds the vocabulary of a config. A vocabulary that is already there is replaced.
pub(crate) fn build(arguments: &ConfigArguments) -> Result<ExitCode> {
    let config = load(&arguments.config, &arguments.change.set)?;
    if arguments.change.dry_run {
        print_config(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    let vocabulary = build_from(&config)?;
    let path = config.path(&config.vocabulary.path);
    print(&format!(
        "{}: {} pieces, SHA-256 {}",
        path.display(),
        grouped(vocabulary.len() as u64),
        vocabulary.sha256()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The vocabulary of a config. If the file is not there and the config says how, it is built.
pub(super) fn read_or_build(config: &Config) -> Result<Arc<Vocabulary>> {
    let path = config.path(&config.vocabulary.path);
    if !path.exists() && config.vocabulary.build.is_some() {
        note(&format!("{} is not there: building it", path.display()));
        return build_from(config);
    }
    Ok(Arc::new(Vocabulary::read(&path)?))
}

fn build_from(config: &Config) -> Result<Arc<Vocabulary>> {
    let options = config
        .vocabulary_build_options()
        .context("the config has no [vocabulary.build]")
        .map_err(usage_error)?;
    let corpus = Corpus::open(&config.base, &config.corpus)?;
    let total: u64 = corpus.files().iter().map(corpus::CorpusFile::bytes).sum();
    let mut bar = Bar::new("vocabulary", total);
    let mut builder = VocabularyBuilder::new(options);
    let mut before = 0;
    let mut drops = DropReport::default();
    for file in corpus.files() {
        let mut reader = file.documents()?;
        while let Some(document) = reader.next() {
            builder.add(&document?.text);
            bar.set(before + reader.bytes_read(), file.path());
        }
        before += file.bytes();
        drops.merge(reader.drops());
    }
    bar.finish();
    say_drops(&drops);
    let vocabulary = builder.finish()?;
    vocabulary.write(&config.path(&config.vocabulary.path))?;
    Ok(Arc::new(vocabulary))
}

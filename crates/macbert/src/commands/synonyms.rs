//! `macbert synonyms build` and `show`: the similar-word table.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use segment::{PieceId, PieceTokenizer, Vocabulary, sha256_file};
use synonym::{
    Entry, FunctionWords, NearestOptions, SimilarWords, compile, nearest_entries, read_list,
    read_vectors, source_sha256,
};

use crate::arguments::{ConfigArguments, ShowArguments};
use crate::config::{self, Config, SimilarWordsSection, TableSource};
use crate::failure::wrong_call;
use crate::paint::{BOLD, DIM, bytes, padded, painted};
use crate::progress::{note, print};

use super::vocab;

/// Compiles the table of a config, in place of one that may be there.
pub(crate) fn build(arguments: &ConfigArguments) -> Result<ExitCode> {
    let config = config::load(&arguments.config, &arguments.set)?;
    let section = config
        .similar_words
        .as_ref()
        .context("the config has no [similar_words]")
        .map_err(wrong_call)?;
    if arguments.dry_run {
        print(&toml::to_string(&config)?);
        return Ok(ExitCode::SUCCESS);
    }
    let vocabulary = vocab::read_or_build(&config)?;
    build_from(&config, section, &vocabulary)?;
    let table = SimilarWords::open(&config.path(&section.table), &vocabulary)?;
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

/// The table of a config: opened, or compiled where it is not there and the config names a source.
pub(crate) fn open_or_build(
    config: &Config,
    vocabulary: &Arc<Vocabulary>,
) -> Result<Option<Arc<SimilarWords>>> {
    let Some(section) = &config.similar_words else {
        return Ok(None);
    };
    let path = config.path(&section.table);
    if !path.exists() && section.source.is_some() {
        note(&format!("{} is not there: compiling it", path.display()));
        build_from(config, section, vocabulary)?;
    }
    let table = SimilarWords::open(&path, vocabulary)?;
    check_source(config, section, &table)?;
    Ok(Some(Arc::new(table)))
}

/// The words that the config lists apart.
pub(crate) fn function_words(config: &Config) -> Result<FunctionWords> {
    let path = config
        .similar_words
        .as_ref()
        .and_then(|section| section.function_words.as_ref());
    path.map_or_else(
        || Ok(FunctionWords::default()),
        |path| Ok(FunctionWords::read(&config.path(path))?),
    )
}

/// What a table is compiled from: the hash of the source, and how it is read.
fn source_of(config: &Config, section: &SimilarWordsSection, source: &Path) -> Result<String> {
    let file =
        sha256_file(source).with_context(|| format!("could not read {}", source.display()))?;
    let format = section.format.as_deref().unwrap_or_default();
    Ok(format!("{file} {format} {}", config.segment.lower_case))
}

/// Refuses a table that was compiled from another source or with other options, where the source is there (invariant 6).
fn check_source(
    config: &Config,
    section: &SimilarWordsSection,
    table: &SimilarWords,
) -> Result<()> {
    let Some(source) = section.source.as_ref().map(|source| config.path(source)) else {
        return Ok(());
    };
    if !source.exists() {
        return Ok(());
    }
    let expected = source_sha256(
        &source_of(config, section, &source)?,
        &section.compile_options(),
    );
    ensure!(
        table.source_sha256() == expected,
        wrong_call(anyhow::anyhow!(
            "{} was not compiled from {} with the options of [similar_words] (there {}, here {expected}); \
             compile it again with `macbert synonyms build`, or remove it",
            table.path().display(),
            source.display(),
            table.source_sha256(),
        ))
    );
    Ok(())
}

fn build_from(
    config: &Config,
    section: &SimilarWordsSection,
    vocabulary: &Vocabulary,
) -> Result<()> {
    let source = section
        .source
        .as_ref()
        .context("similar_words.source is missing")
        .map_err(wrong_call)?;
    let source = config.path(source);
    let tokenizer = PieceTokenizer::new(vocabulary, config.segment.lower_case);
    let entries = read_entries(&source, section, &tokenizer)?;
    let source_of = source_of(config, section, &source)?;
    let compiled = compile(
        &entries,
        &tokenizer,
        vocabulary,
        &section.compile_options(),
        &source_of,
    );
    note(&format!("{}: {}", source.display(), compiled.report));
    compiled.table.write(&config.path(&section.table))?;
    Ok(())
}

fn read_entries(
    source: &Path,
    section: &SimilarWordsSection,
    tokenizer: &PieceTokenizer,
) -> Result<Vec<Entry>> {
    match section.source_kind()? {
        TableSource::List => Ok(read_list(source)?),
        TableSource::Vectors(format) => {
            let (vectors, report) = read_vectors(source, format)?;
            note(&format!(
                "{} vectors of {} dimensions; dropped {} that are not finite, {} of length 0",
                report.n_words,
                vectors.n_dimensions(),
                report.n_not_finite,
                report.n_zero
            ));
            let options = NearestOptions {
                top_k: section.top_k,
                min_similarity: section.min_score,
            };
            Ok(nearest_entries(&vectors, tokenizer, options))
        }
    }
}

/// Shows the similar words of words.
pub(crate) fn show(arguments: &ShowArguments) -> Result<ExitCode> {
    let (vocabulary, table, lower_case) = match (&arguments.shards, &arguments.config) {
        (Some(shards), _) => {
            let vocabulary = Vocabulary::read(&shards.join(shard::VOCABULARY))?;
            let table = SimilarWords::open(&shards.join(shard::TABLE), &vocabulary)?;
            let manifest = shard::ShardSet::manifest_of(shards)?;
            (vocabulary, table, manifest.segmenter.lower_case)
        }
        (None, path) => {
            let config = config::load(path.as_deref().unwrap_or(Path::new("")), &[])?;
            let section = config
                .similar_words
                .as_ref()
                .context("the config has no [similar_words]")
                .map_err(wrong_call)?;
            let vocabulary = Vocabulary::read(&config.path(&config.vocabulary.path))?;
            let table = SimilarWords::open(&config.path(&section.table), &vocabulary)?;
            (vocabulary, table, config.segment.lower_case)
        }
    };
    let tokenizer = PieceTokenizer::new(&vocabulary, lower_case);
    let mut all_known = true;
    for word in &arguments.words {
        all_known &= show_word(word, &tokenizer, &table);
    }
    Ok(if all_known {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn show_word(word: &str, tokenizer: &PieceTokenizer, table: &SimilarWords) -> bool {
    let ids: Vec<PieceId> = tokenizer
        .pieces(word)
        .iter()
        .map(|piece| piece.id)
        .collect();
    let Some(candidates) = table.word(&ids).map(|word| table.candidates(word)) else {
        print(&format!(
            "{}  {}",
            painted(BOLD, word),
            painted(DIM, "not in the table: a random word stands in for it")
        ));
        return false;
    };
    print(&painted(BOLD, word));
    for rank in 0..candidates.len() {
        let similar = table.text(candidates.word(rank));
        print(&format!(
            "  {}  {:.3}",
            padded(similar, 12),
            candidates.score(rank)
        ));
    }
    if candidates.is_empty() {
        print(&painted(DIM, "  only a candidate of others"));
    }
    true
}

//! `macbert synonyms eval`: measures the quality of a table, and of the vectors that it was compiled from.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use masking::{Masker, MaskingOptions, ObjectiveName};
use rayon::prelude::*;
use segment::{PieceTokenizer, Segmenter, Vocabulary};
use synonym::{
    Antonyms, Bands, SimilarWords, Source, Thesaurus, Vectors, agreement, opposites, precision,
    read_human,
};

use super::cut::{Side, documents};
use crate::arguments::synonyms::EvalArguments;
use crate::commands::dry_run::print_config;
use crate::config::words::{WordsConfig, load_words};
use crate::pages::words as page;
use crate::paint::{BOLD, padded, painted};
use crate::progress::{note, print};
use crate::reports::held_out::{HeldOutCounter, HeldOutCounts};
use crate::reports::words::{
    Part, agreement_part, antonym_part, coverage_part, masking_part, precision_part, shown_words,
    table_part,
};
use crate::signals::stop_flag;

/// Width of the lines' names, in terminal columns.
const COLUMNS: usize = 34;

/// Measures the table of a config of similar words.
pub(crate) fn run(arguments: &EvalArguments) -> Result<ExitCode> {
    let config = load_words(Some(&arguments.config), &arguments.change.set)?;
    if arguments.change.dry_run {
        print_config(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    let stop = stop_flag()?;
    let vocabulary = Arc::new(Vocabulary::read(&config.path(&config.vocabulary.path))?);
    let named = &config.similar_words.table;
    let table = config.path(arguments.table.as_ref().unwrap_or(named));
    let table = Arc::new(SimilarWords::open(&table, &vocabulary)?);
    let source = read_source(&config)?;
    let words = source.words();
    let bands = Bands::new(&words);
    let counts = count_held_out(&config, &vocabulary, &table, &bands, &stop)?;
    let mut parts = vec![
        table_part(&table),
        coverage_part(&counts),
        masking_part(&counts),
    ];
    parts.extend(judged(&config, &table, source.vectors(), &bands)?);
    parts.iter().for_each(print_part);
    if let Some(path) = &arguments.html {
        let tokenizer = PieceTokenizer::new(&vocabulary, config.segment.lower_case);
        let shown = shown_words(&arguments.words, &table, &tokenizer, source.vectors());
        page::write(path, &table, &parts, &shown)?;
        note(&format!("{}: the page", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn read_source(config: &WordsConfig) -> Result<Source> {
    let source = config.table_job().read_source()?;
    if let Some(what) = source.what_was_read() {
        note(&what);
    }
    Ok(source)
}

/// Counts the held-out documents of a config, or all documents if none are held out.
fn count_held_out(
    config: &WordsConfig,
    vocabulary: &Arc<Vocabulary>,
    table: &Arc<SimilarWords>,
    bands: &Bands<'_>,
    stop: &AtomicBool,
) -> Result<HeldOutCounts> {
    let objective = MaskingOptions::preset(ObjectiveName::Mac).resolve()?;
    let counter = HeldOutCounter {
        segmenter: Segmenter::new(vocabulary, &config.segment_options())?,
        masker: Masker::new(objective, Arc::clone(vocabulary), Some(Arc::clone(table)))?,
        table,
        bands,
        function_words: config.table_job().function_words()?,
        seed: config.seed,
    };
    let mut all = HeldOutCounts::default();
    documents(config, Side::HeldOut, "held out", stop, |chunk| {
        let counts: Vec<HeldOutCounts> = chunk
            .par_iter()
            .map(|document| counter.count(document))
            .collect();
        for count in counts {
            all += count;
        }
        Ok(())
    })?;
    Ok(all)
}

/// Compares the table and the vectors with the thesaurus and the lists of `[judge]`.
fn judged(
    config: &WordsConfig,
    table: &SimilarWords,
    vectors: Option<&Vectors>,
    bands: &Bands<'_>,
) -> Result<Vec<Part>> {
    let judge = &config.judge;
    let mut parts = Vec::new();
    if let Some(path) = &judge.thesaurus {
        let thesaurus = Thesaurus::read(&config.path(path))?;
        parts.push(precision_part(&precision(table, &thesaurus, bands)));
    }
    if let (Some(vectors), false) = (vectors, judge.human.is_empty()) {
        let mut part = agreement_part();
        for path in &judge.human {
            let found = agreement(vectors, &read_human(&config.path(path))?);
            part.add_agreement(&file_name(path), &found);
        }
        parts.push(part);
    }
    if !judge.antonyms.is_empty() {
        let mut part = antonym_part();
        for path in &judge.antonyms {
            let antonyms = Antonyms::new(Antonyms::read(&config.path(path))?, false);
            part.add_antonyms(&file_name(path), &opposites(table, &antonyms));
        }
        parts.push(part);
    }
    Ok(parts)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn print_part(part: &Part) {
    print(&painted(BOLD, part.title));
    for line in &part.lines {
        let name = padded(&line.name, COLUMNS);
        print(&format!("  {name} {:>9}  {}", line.value, line.over));
    }
}

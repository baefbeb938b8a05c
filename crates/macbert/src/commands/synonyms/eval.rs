//! `macbert synonyms eval`: how good a table, and the vectors behind it, are.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use segment::{PieceTokenizer, Vocabulary};
use synonym::{
    Agreement, Antonyms, Bands, FunctionWords, N_BANDS, OppositeCount, PrecisionCount,
    SimilarWords, Thesaurus, Vectors, agreement, opposites, precision, read_human, read_list,
    read_vectors,
};

use crate::arguments::EvalArguments;
use crate::config::{self, TableSource, WordsConfig};
use crate::pages::words as page;
use crate::paint::{BOLD, grouped, padded, painted};
use crate::progress::{note, print};
use crate::signals::stop_flag;

use super::build::{TableJob, what_was_read};
use super::running::{Running, running};

/// A line of the report: what, figure, and what it was counted over.
pub(crate) struct Figure {
    pub name: String,
    pub value: String,
    pub over: String,
}

/// A titled part of the report.
pub(crate) struct Part {
    pub title: &'static str,
    pub figures: Vec<Figure>,
}

impl Part {
    fn new(title: &'static str) -> Self {
        Self {
            title,
            figures: Vec::new(),
        }
    }

    fn add(&mut self, name: impl Into<String>, value: impl Into<String>, over: impl Into<String>) {
        self.figures.push(Figure {
            name: name.into(),
            value: value.into(),
            over: over.into(),
        });
    }
}

/// Judges the table of a config of similar words.
pub(crate) fn run(arguments: &EvalArguments) -> Result<ExitCode> {
    let config = config::load_words(Some(&arguments.config), &arguments.set)?;
    if arguments.dry_run {
        print(&toml::to_string(&config)?);
        return Ok(ExitCode::SUCCESS);
    }
    let stop = stop_flag()?;
    let vocabulary = Arc::new(Vocabulary::read(&config.path(&config.vocabulary.path))?);
    let table = config.path(
        arguments
            .table
            .as_ref()
            .unwrap_or(&config.similar_words.table),
    );
    let table = Arc::new(SimilarWords::open(&table, &vocabulary)?);
    let vectors = vectors(&config)?;
    let words = match &vectors {
        Some(vectors) => vectors.words().to_vec(),
        None => words_of_list(&config)?,
    };
    let bands = Bands::new(&words);
    let mut parts = vec![table_part(&table)];
    let running = running(&config, &vocabulary, &table, &bands, &stop)?;
    parts.extend([coverage_part(&running), masking_part(&running)]);
    parts.extend(judged(&config, &table, vectors.as_ref(), &bands)?);
    for part in &parts {
        print_part(part);
    }
    if let Some(path) = &arguments.html {
        let tokenizer = PieceTokenizer::new(&vocabulary, config.segment.lower_case);
        let shown = page::examples(&arguments.words, &table, &tokenizer, vectors.as_ref());
        page::write(path, &table, &parts, &shown)?;
        note(&format!("{}: the page", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn vectors(config: &WordsConfig) -> Result<Option<Vectors>> {
    let job = TableJob::of_words(config);
    let TableSource::Vectors(format) = job.section.source_kind()? else {
        return Ok(None);
    };
    let (vectors, report) = read_vectors(&job.source()?, format)?;
    note(&what_was_read(&vectors, report));
    Ok(Some(vectors))
}

/// Of a list the order of its words is all that says how frequent they are.
fn words_of_list(config: &WordsConfig) -> Result<Vec<String>> {
    let entries = read_list(&TableJob::of_words(config).source()?)?;
    let mut words: Vec<String> = entries.into_iter().map(|entry| entry.word).collect();
    words.dedup();
    Ok(words)
}

fn table_part(table: &SimilarWords) -> Part {
    let mut part = Part::new("table");
    let with = table
        .words()
        .filter(|word| !table.candidates(*word).is_empty());
    let (n_heads, n_candidates) = with.fold((0, 0), |(heads, candidates), word| {
        (heads + 1, candidates + table.candidates(word).len())
    });
    part.add("words", grouped(table.n_words() as u64), "");
    part.add("with similar words", grouped(n_heads), "");
    let mean = n_candidates as f64 / n_heads.max(1) as f64;
    part.add("similar words of these", format!("{mean:.2}"), "mean");
    part.add("vectors or list", table.source_sha256(), "SHA-256");
    part.add("options", table.options_sha256(), "SHA-256");
    part
}

fn coverage_part(running: &Running) -> Part {
    let mut part = Part::new("running words of Han script with a similar word, held-out text");
    let mut line = |name: &str, count: (u64, u64)| {
        part.add(
            name,
            percent(count.0, count.1),
            format!("of {}", grouped(count.1)),
        );
    };
    line("all", running.han);
    line("function words aside", running.han_content);
    for (band, count) in running.bands.iter().enumerate() {
        line(Bands::name(band), *count);
    }
    for (length, count) in running.lengths.iter().enumerate() {
        let name = match length + 1 {
            1 => "of 1 piece".to_owned(),
            n if n == running.lengths.len() => format!("of {n} pieces and more"),
            n => format!("of {n} pieces"),
        };
        line(&name, *count);
    }
    part
}

fn masking_part(running: &Running) -> Part {
    let mut part = Part::new("masking of the held-out text (objective mac)");
    let over = format!("of {} masked pieces", grouped(running.n_masked));
    part.add(
        "fallbacks",
        percent(running.n_fallback, running.n_masked),
        over.as_str(),
    );
    let beyond = percent(running.n_beyond_cap, running.n_masked);
    part.add("beyond the cap of 10 %", beyond, over);
    part.add(
        "examples in which the cap binds",
        percent(running.n_bound, running.n_examples),
        format!("of {}", grouped(running.n_examples)),
    );
    part
}

/// What the config's lists say of table and vectors.
fn judged(
    config: &WordsConfig,
    table: &SimilarWords,
    vectors: Option<&Vectors>,
    bands: &Bands<'_>,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    if let Some(path) = &config.judge.thesaurus {
        let thesaurus = Thesaurus::read(&config.path(path))?;
        parts.push(precision_part(&precision(table, &thesaurus, bands)));
    }
    if let (Some(vectors), false) = (vectors, config.judge.human.is_empty()) {
        let mut part = Part::new("vectors against people (Spearman)");
        for path in &config.judge.human {
            let found = agreement(vectors, &read_human(&config.path(path))?);
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            add_agreement(&mut part, &name, found);
        }
        parts.push(part);
    }
    if !config.judge.antonyms.is_empty() {
        let mut part = Part::new("listed opposites among the best five of each other");
        for path in &config.judge.antonyms {
            let antonyms = Antonyms::new(Antonyms::read(&config.path(path))?, false);
            let OppositeCount {
                n_pairs,
                n_among_best,
            } = opposites(table, &antonyms);
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let over = format!("of {} that the table knows", grouped(n_pairs));
            part.add(name, percent(n_among_best, n_pairs), over);
        }
        parts.push(part);
    }
    Ok(parts)
}

fn precision_part(counts: &[PrecisionCount; N_BANDS + 1]) -> Part {
    let mut part = Part::new(
        "precision at 5 against the thesaurus (of candidates it knows; of all; of draws)",
    );
    for (band, count) in counts.iter().enumerate() {
        let name = if band == N_BANDS {
            "all"
        } else {
            Bands::name(band)
        };
        let value = format!(
            "{:.2} %  {:.2} %  {:.2} %",
            100.0 * count.of_known(),
            100.0 * count.of_all(),
            100.0 * count.of_draws()
        );
        part.add(name, value, format!("of {} words", grouped(count.n_words)));
    }
    part
}

fn add_agreement(part: &mut Part, name: &str, found: Agreement) {
    let value = found
        .spearman
        .map_or("none".to_owned(), |r| format!("{r:.3}"));
    part.add(
        name,
        value,
        format!("over {} of {} pairs", found.n_known, found.n_pairs),
    );
}

fn print_part(part: &Part) {
    print(&painted(BOLD, part.title));
    for Figure { name, value, over } in &part.figures {
        print(&format!("  {} {:>9}  {over}", padded(name, 34), value));
    }
}

/// A share in per cent.
fn percent(part: u64, whole: u64) -> String {
    format!("{:.2} %", 100.0 * part as f64 / whole.max(1) as f64)
}

/// The words that the config lists apart.
pub(super) fn function_words(config: &WordsConfig) -> Result<FunctionWords> {
    let path: Option<PathBuf> = config
        .similar_words
        .function_words
        .as_ref()
        .map(|path| config.path(path));
    path.map_or_else(
        || Ok(FunctionWords::default()),
        |path| FunctionWords::read(&path).context("similar_words.function_words"),
    )
}

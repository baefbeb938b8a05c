//! `macbert inspect`: shows masked examples as in the paper, and audits the statistics of masking against the method.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use corpus::{Corpus, CorpusOptions};
use dataset::TrainingExamples;
use masking::Audit;
use repro::{Purpose, generator};
use sop::OrderAudit;

use super::draw::Source;
use super::figures::print_written;
use crate::arguments::shards::InspectArguments;
use crate::pages;
use crate::paint::{BAD, BOLD, DIM, GOOD, kind_style, padded, painted, width};
use crate::progress::{Bar, print};
use crate::reports::inspect::{AuditReport, AuditRow, ShownExample, ShownUnit, why};
use crate::reports::orders::order_rows;

/// The epoch of the audit's random numbers. No run reaches this epoch, so the audit never draws the random numbers
/// that the masks were drawn with.
const AUDIT_EPOCH: u64 = u64::MAX - 1;

/// The width of the expected values in the report, in terminal columns.
const EXPECTED_COLUMNS: usize = 17;

/// Shows examples and the audit. The exit status is 1 if a statistic is outside its tolerance.
pub(crate) fn run(arguments: &InspectArguments) -> Result<ExitCode> {
    let draw = &arguments.draw;
    let source = Source::of(&draw.source)?;
    source.note_rate();
    let masker = source.masker(&source.vocabulary()?)?;
    let examples = source.examples(draw.split.0, &masker)?;
    let shown = shown_examples(arguments, &examples)?;
    for example in &shown {
        print_example(example);
    }
    let audit = audit(&examples, arguments, &source)?;
    print_audit(&audit);
    if let Some(path) = &arguments.html {
        pages::inspect::write(path, &source.title(), &shown, &audit)?;
        print_written("page", path);
    }
    Ok(if audit.is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn shown_examples(
    arguments: &InspectArguments,
    examples: &TrainingExamples,
) -> Result<Vec<ShownExample>> {
    let corpora = open_corpora(arguments.base.as_deref(), examples)?;
    let vocabulary = examples.masker().vocabulary();
    let end = (arguments.start + arguments.count).min(examples.len());
    let mut shown = Vec::new();
    for index in arguments.start..end {
        let epoch = arguments.draw.epoch;
        let drawn = examples.drawn(index, epoch)?;
        let place = examples.mixture().at(index, epoch);
        let shards = &examples.shards()[place.folder_index];
        let source = shards.example(place.example_index)?.source().clone();
        let corpus = corpora.get(place.folder_index);
        let line = match corpus.and_then(|corpus| corpus.file(&source.path)) {
            None => None,
            Some(file) => file
                .document_at(source.record)?
                .map(|document| source.text.of(&document.text).to_owned()),
        };
        shown.push(ShownExample::new(index, &drawn, &source, line, vocabulary));
    }
    Ok(shown)
}

/// The corpus of each folder of shards; none if the folder that their paths are relative to is not known.
fn open_corpora(base: Option<&Path>, examples: &TrainingExamples) -> Result<Vec<Corpus>> {
    let Some(base) = base else {
        return Ok(Vec::new());
    };
    let shards = examples.shards().iter();
    shards
        .map(|shards| open_corpus(base, &shards.manifest().config))
        .collect()
}

fn open_corpus(base: &Path, config: &serde_json::Value) -> Result<Corpus> {
    let mut options: CorpusOptions =
        serde_json::from_value(config["corpus"].clone()).context("the manifest names no corpus")?;
    options.drop_list = None; // not needed: no example comes from a document on the list
    Ok(Corpus::open(base, &options)?)
}

/// Audits the statistics of masking, and of order labels, on the first examples.
fn audit(
    examples: &TrainingExamples,
    arguments: &InspectArguments,
    source: &Source,
) -> Result<AuditReport> {
    let (epoch, seed) = (arguments.draw.epoch, source.seed);
    let count = arguments.audit.min(examples.len());
    let mut audit = Audit::new(examples.masker());
    let mut orders = OrderAudit::new(examples.masker().vocabulary());
    let mut bar = Bar::new("audit", count as u64);
    for index in 0..count {
        let drawn = examples.drawn(index, epoch)?;
        let mut rng = generator(seed, Purpose::Masks, AUDIT_EPOCH, drawn.key.get());
        let pair = &drawn.pair;
        orders.add(pair);
        audit.add(
            &pair.input_ids,
            &pair.units,
            pair.n_units_first,
            pair.order_label,
            &drawn.masked,
            &mut rng,
        );
        bar.set(index as u64, "examples");
    }
    bar.finish();
    Ok(AuditReport::new(&audit, order_rows(&orders, source.pairs)))
}

fn print_example(example: &ShownExample) {
    print(&painted(BOLD, &example.title));
    if let Some(source) = &example.source {
        let line = source.replace(['\n', '\r'], "⏎");
        print(&format!("  source    {line}"));
    }
    let original = example.units.iter();
    let original: String = original.map(|unit| plain(unit, &unit.original)).collect();
    print(&format!("  original  {original}"));
    let masked: String = example.units.iter().map(masked).collect();
    print(&format!("  masked    {masked}"));
    print(&format!("  order     {}", example.order));
    print_masked(example);
    print("");
}

/// Prints a line for each masked unit: the kind, the original and what replaced it, the number of the n-gram, and an
/// explanation of the kind.
fn print_masked(example: &ShownExample) {
    let widths = example.masked().map(|(unit, _)| width(&unit.original));
    let columns = widths.max().unwrap_or(0);
    for (unit, mask) in example.masked() {
        let arrow = format!("{} → {}", padded(&unit.original, columns), unit.shown);
        print(&format!(
            "    {} {}  n-gram {}  {}",
            painted(kind_style(mask.kind), &padded(mask.kind.name(), 8)),
            padded(&arrow, columns * 2 + 4),
            mask.ngram,
            painted(DIM, why(mask.kind))
        ));
    }
}

/// A unit after masking, with brackets around its n-gram.
fn masked(unit: &ShownUnit) -> String {
    let Some(mask) = &unit.mask else {
        return plain(unit, &unit.shown);
    };
    let open = if mask.opens_ngram { "⟨" } else { "" };
    let close = if mask.closes_ngram { "⟩" } else { "" };
    let shown = painted(kind_style(mask.kind), &unit.shown);
    format!("{open}{shown}{close}")
}

fn plain(unit: &ShownUnit, text: &str) -> String {
    if unit.is_special {
        painted(DIM, text)
    } else {
        text.to_owned()
    }
}

fn print_audit(audit: &AuditReport) {
    print(&painted(BOLD, "audit"));
    let widths = audit.rows.iter().map(|row| width(&row.name));
    let columns = widths.max().unwrap_or(0);
    for row in &audit.rows {
        print(&audit_line(row, columns));
    }
}

fn audit_line(row: &AuditRow, columns: usize) -> String {
    let name = padded(&row.name, columns);
    let realised = &row.realised;
    let Some(expected) = &row.expected else {
        return format!("  {name}  {realised:>9}");
    };
    let verdict = if expected.is_met {
        painted(GOOD, "ok")
    } else {
        painted(BAD, "off")
    };
    let text = padded(&expected.text, EXPECTED_COLUMNS);
    format!("  {name}  {realised:>9}  expected {text}  {verdict}")
}

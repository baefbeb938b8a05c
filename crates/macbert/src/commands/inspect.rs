//! `macbert inspect`: examples the way the paper shows them, and an audit of every share of the method.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use corpus::{Corpus, CorpusOptions};
use dataset::{Drawn, TrainingExamples};
use masking::{Audit, AuditLine, AuditUnit, Kind};
use repro::{Purpose, generator};
use segment::{PieceId, Vocabulary};

use crate::arguments::InspectArguments;
use crate::pages;
use crate::paint::{BAD, BOLD, DIM, GOOD, kind_style, padded, painted, width};
use crate::progress::{Bar, print};

use super::shards_folder;

/// The audit's own draws must not be those of the masks.
const AUDIT_EPOCH: u64 = u64::MAX - 1;

/// A unit, or a special, as it is shown.
pub(crate) struct ShownUnit {
    /// The original pieces as text.
    pub original: String,
    /// The pieces that stand there now.
    pub shown: String,
    /// What it was replaced by, if it is masked.
    pub kind: Option<Kind>,
    /// Which n-gram of the example it belongs to.
    pub ngram: Option<u16>,
    /// Whether it is a special.
    pub is_special: bool,
}

/// An example as it is shown.
pub(crate) struct ShownExample {
    /// Key, file, place.
    pub title: String,
    /// What the order head should say.
    pub order: &'static str,
    /// The line as the source has it, where the source is there.
    pub source: Option<String>,
    /// All units and specials, in order.
    pub units: Vec<ShownUnit>,
}

/// Shows examples and the audit; status 1 where a share is off.
pub(crate) fn run(arguments: &InspectArguments) -> Result<ExitCode> {
    let draw = &arguments.draw;
    let (examples, seed) = shards_folder::drawn(&arguments.shards, draw)?;
    let vocabulary = Arc::clone(examples.masker().vocabulary());
    let manifest = examples.shards()[0].manifest(); // the call names one folder
    let corpus = arguments
        .base
        .as_deref()
        .map(|base| open_corpus(base, &manifest.config))
        .transpose()?;
    let end = (arguments.start + arguments.count).min(examples.len());
    let mut shown = Vec::new();
    for index in arguments.start..end {
        let drawn = examples.drawn(index, draw.epoch)?;
        shown.push(show(
            &examples,
            index,
            &drawn,
            &vocabulary,
            corpus.as_ref(),
        )?);
    }
    for example in &shown {
        print_example(example);
    }
    let (lines, fallbacks) = audit(&examples, arguments.audit, draw.epoch, seed)?;
    print_audit(&lines, fallbacks);
    if let Some(path) = &arguments.html {
        pages::inspect::write(path, &arguments.shards, &shown, &lines, fallbacks)?;
        print(&format!(
            "page  {}",
            painted(GOOD, &path.display().to_string())
        ));
    }
    let all_well = lines.iter().all(|line| line.ok);
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn open_corpus(base: &Path, config: &serde_json::Value) -> Result<Corpus> {
    let mut options: CorpusOptions =
        serde_json::from_value(config["corpus"].clone()).context("the manifest names no corpus")?;
    options.drop_list = None; // what is left out is asked for by nobody
    Ok(Corpus::open(base, &options)?)
}

fn show(
    examples: &TrainingExamples,
    index: usize,
    drawn: &Drawn,
    vocabulary: &Vocabulary,
    corpus: Option<&Corpus>,
) -> Result<ShownExample> {
    let source = examples.shards()[0].example(index)?.source().clone();
    let line = match corpus.and_then(|corpus| corpus.file(&source.path)) {
        None => None,
        Some(file) => file
            .document_at(source.record)?
            .map(|document| source.text.of(&document.text).to_owned()),
    };
    Ok(ShownExample {
        title: format!(
            "example {index}, key {:016x}, {} at {}",
            drawn.key.get(),
            source.path,
            source.record
        ),
        order: match drawn.pair.order_label {
            Some(0) => "in order: label 0",
            Some(_) => "swapped, or from another document: label 1",
            None => "no order",
        },
        source: line,
        units: units(drawn, vocabulary),
    })
}

fn units(drawn: &Drawn, vocabulary: &Vocabulary) -> Vec<ShownUnit> {
    let mut units = Vec::new();
    let mut next = 0;
    let mut starts = drawn.pair.units.iter().peekable();
    while next < drawn.pair.input_ids.len() {
        let unit = starts.next_if(|unit| unit.start as usize == next);
        let range = unit.map_or(next..next + 1, |unit| unit.range());
        let place = drawn
            .masked
            .positions
            .iter()
            .position(|position| range.contains(&(*position as usize)));
        units.push(ShownUnit {
            original: text(&drawn.pair.input_ids[range.clone()], vocabulary),
            shown: text(&drawn.masked.input_ids[range.clone()], vocabulary),
            kind: place.map(|place| drawn.masked.kinds[place]),
            ngram: place.map(|place| drawn.masked.ngrams[place]),
            is_special: unit.is_none(),
        });
        next = range.end;
    }
    units
}

/// Pieces as text: `##` joins, Latin pieces are parted by a space.
fn text(ids: &[PieceId], vocabulary: &Vocabulary) -> String {
    let mut out = String::new();
    for id in ids {
        let piece = vocabulary.piece(*id);
        let joined = if vocabulary.is_continuation(*id) {
            &piece[2..]
        } else {
            piece
        };
        let ends_latin = out
            .chars()
            .next_back()
            .is_some_and(|c| c.is_ascii_alphanumeric());
        if ends_latin
            && !vocabulary.is_continuation(*id)
            && joined.starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            out.push(' ');
        }
        out.push_str(joined);
    }
    out
}

fn print_example(example: &ShownExample) {
    print(&painted(BOLD, &example.title));
    if let Some(source) = &example.source {
        print(&format!(
            "  source    {}",
            source.replace(['\n', '\r'], "⏎")
        ));
    }
    let original: Vec<String> = example
        .units
        .iter()
        .map(|unit| special_or(unit, &unit.original))
        .collect();
    print(&format!("  original  {}", original.join("")));
    let mut masked = String::new();
    for (index, unit) in example.units.iter().enumerate() {
        let neighbour = |other: Option<&ShownUnit>| other.and_then(|other| other.ngram);
        if unit.ngram.is_some()
            && neighbour(index.checked_sub(1).map(|i| &example.units[i])) != unit.ngram
        {
            masked.push('⟨');
        }
        match unit.kind {
            Some(kind) => masked.push_str(&painted(kind_style(kind), &unit.shown)),
            None => masked.push_str(&special_or(unit, &unit.shown)),
        }
        if unit.ngram.is_some() && neighbour(example.units.get(index + 1)) != unit.ngram {
            masked.push('⟩');
        }
    }
    print(&format!("  masked    {masked}"));
    print(&format!("  order     {}", example.order));
    let replaced: Vec<&ShownUnit> = example
        .units
        .iter()
        .filter(|unit| unit.kind.is_some())
        .collect();
    let columns = replaced
        .iter()
        .map(|unit| width(&unit.original))
        .max()
        .unwrap_or(0);
    for unit in replaced {
        let kind = unit.kind.unwrap_or(Kind::Kept);
        let arrow = format!("{} → {}", padded(&unit.original, columns), unit.shown);
        let why = painted(DIM, why(kind));
        let ngram = unit.ngram.unwrap_or_default();
        print(&format!(
            "    {} {}  n-gram {ngram}  {why}",
            painted(kind_style(kind), &padded(kind.name(), 8)),
            padded(&arrow, columns * 2 + 4)
        ));
    }
    print("");
}

/// Why a unit has its kind, in words.
pub(crate) const fn why(kind: Kind) -> &'static str {
    match kind {
        Kind::Similar => "a similar word of the same number of pieces",
        Kind::Random => "a random word, by design",
        Kind::Kept => "kept, and still to be predicted",
        Kind::Fallback => "no similar word is known: a random one",
        Kind::Mask => "[MASK]",
    }
}

fn special_or(unit: &ShownUnit, text: &str) -> String {
    if unit.is_special {
        painted(DIM, text)
    } else {
        text.to_owned()
    }
}

/// Every share of the method as realised on the first `count` examples.
fn audit(
    examples: &TrainingExamples,
    count: usize,
    epoch: u64,
    seed: u64,
) -> Result<(Vec<AuditLine>, (f64, f64))> {
    let count = count.min(examples.len());
    let mut audit = Audit::new(examples.masker());
    let mut bar = Bar::new("audit", count as u64);
    for index in 0..count {
        let drawn = examples.drawn(index, epoch)?;
        let mut rng = generator(seed, Purpose::Masks, AUDIT_EPOCH, drawn.key.get());
        let pair = &drawn.pair;
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
    Ok((audit.lines(), audit.fallback_shares()))
}

fn print_audit(lines: &[AuditLine], (fallbacks, beyond_cap): (f64, f64)) {
    print(&painted(BOLD, "audit"));
    let columns = lines
        .iter()
        .map(|line| width(&line.name))
        .max()
        .unwrap_or(0);
    for line in lines {
        let verdict = if line.ok {
            painted(GOOD, "ok")
        } else {
            painted(BAD, "off")
        };
        print(&format!(
            "  {}  {:>9}  expected {:>9} ± {:<9} {verdict}",
            padded(&line.name, columns),
            figure(line.realised, line.unit),
            figure(line.expected, line.unit),
            figure(line.tolerance, line.unit)
        ));
    }
    print(&format!(
        "  {}  {:>9}",
        padded("fallback pieces ÷ masked pieces", columns),
        figure(fallbacks, AuditUnit::Share)
    ));
    print(&format!(
        "  {}  {:>9}",
        padded("  of them beyond the cap", columns),
        figure(beyond_cap, AuditUnit::Share)
    ));
}

/// A share in per cent, a count as it is.
pub(crate) fn figure(value: f64, unit: AuditUnit) -> String {
    match unit {
        AuditUnit::Share => format!("{:.2} %", 100.0 * value),
        AuditUnit::Count => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use masking::AuditUnit;

    use super::figure;

    #[test]
    fn one_violation_is_no_hundred_per_cent() {
        assert_eq!(figure(1.0, AuditUnit::Count), "1");
        assert_eq!(figure(1.0, AuditUnit::Share), "100.00 %");
        assert_eq!(figure(0.0, AuditUnit::Share), "0.00 %");
    }
}

//! Masked examples as the paper shows them, and an audit that compares the statistics of masking with the method.

use std::ops::Range;

use dataset::Drawn;
use masking::{Audit, AuditLine, AuditUnit, Expected, Kind};
use segment::{PieceId, Vocabulary};
use sop::ExampleSource;

use crate::numbers::percent;

/// A unit or a special piece of an example.
pub(crate) struct ShownUnit {
    /// The original pieces as text.
    pub original: String,
    /// The pieces after masking as text.
    pub shown: String,
    /// Whether it is a special piece.
    pub is_special: bool,
    /// How it is masked, if it is.
    pub mask: Option<ShownMask>,
}

/// How a unit is masked.
pub(crate) struct ShownMask {
    /// The kind of replacement.
    pub kind: Kind,
    /// The number of its n-gram in the example.
    pub ngram: u16,
    /// Whether it is the first unit of the n-gram.
    pub opens_ngram: bool,
    /// Whether it is the last unit of the n-gram.
    pub closes_ngram: bool,
}

/// An example.
pub(crate) struct ShownExample {
    /// The number and the key of the example, and its file and record in the corpus.
    pub title: String,
    /// The order label, in words.
    pub order: &'static str,
    /// The original text, if the corpus was given.
    pub source: Option<String>,
    /// All units and special pieces, in order.
    pub units: Vec<ShownUnit>,
}

/// An audit.
pub(crate) struct AuditReport {
    /// The statistics of masking, then how well order labels can be predicted.
    pub rows: Vec<AuditRow>,
    /// Whether every statistic is within its tolerance.
    pub is_well: bool,
}

/// A share or a count of an audit.
pub(crate) struct AuditRow {
    pub name: String,
    pub realised: String,
    /// What the value is compared with; `None` if it depends on the text and the similar-word table.
    pub expected: Option<ExpectedText>,
}

/// What a statistic is compared with.
pub(crate) struct ExpectedText {
    /// The value with its tolerance, or the limit.
    pub text: String,
    /// Whether the statistic is as expected.
    pub is_met: bool,
}

impl ShownExample {
    /// Describes an example. `line` is the text of the example in the corpus.
    pub(crate) fn new(
        index: usize,
        drawn: &Drawn,
        source: &ExampleSource,
        line: Option<String>,
        vocabulary: &Vocabulary,
    ) -> Self {
        Self {
            title: format!(
                "example {index}, key {:016x}, {} at {}",
                drawn.key.get(),
                source.path,
                source.record
            ),
            order: match drawn.pair.order_label {
                Some(0) => "in order: label 0",
                Some(_) => "swapped, or from another document: label 1",
                None => "no label",
            },
            source: line,
            units: units(drawn, vocabulary),
        }
    }

    /// The masked units, with how they are masked.
    pub(crate) fn masked(&self) -> impl Iterator<Item = (&ShownUnit, &ShownMask)> {
        self.units
            .iter()
            .filter_map(|unit| Some((unit, unit.mask.as_ref()?)))
    }
}

fn units(drawn: &Drawn, vocabulary: &Vocabulary) -> Vec<ShownUnit> {
    let (original, masked) = (&drawn.pair.input_ids, &drawn.masked);
    let mut units = Vec::new();
    let mut next = 0;
    let mut starts = drawn.pair.units.iter().peekable();
    while next < original.len() {
        let unit = starts.next_if(|unit| unit.start as usize == next);
        let range = unit.map_or(next..next + 1, |unit| unit.range());
        next = range.end;
        units.push(ShownUnit {
            original: text(&original[range.clone()], vocabulary),
            shown: text(&masked.input_ids[range.clone()], vocabulary),
            is_special: unit.is_none(),
            mask: mask_of(drawn, &range),
        });
    }
    mark_ngrams(&mut units);
    units
}

/// Returns how the unit at these positions is masked; `None` if it is not.
fn mask_of(drawn: &Drawn, range: &Range<usize>) -> Option<ShownMask> {
    let mut positions = drawn.masked.positions.iter();
    let masked = positions.position(|position| range.contains(&(*position as usize)))?;
    Some(ShownMask {
        kind: drawn.masked.kinds[masked],
        ngram: drawn.masked.ngrams[masked],
        opens_ngram: false,
        closes_ngram: false,
    })
}

/// Marks the first and the last unit of every n-gram.
fn mark_ngrams(units: &mut [ShownUnit]) {
    let ngram = |unit: &ShownUnit| unit.mask.as_ref().map(|mask| mask.ngram);
    let ngrams: Vec<Option<u16>> = units.iter().map(ngram).collect();
    for (index, unit) in units.iter_mut().enumerate() {
        if let Some(mask) = &mut unit.mask {
            let is_same = |other: Option<&Option<u16>>| other == Some(&Some(mask.ngram));
            let before = index.checked_sub(1).and_then(|before| ngrams.get(before));
            let (opens, closes) = (!is_same(before), !is_same(ngrams.get(index + 1)));
            mask.opens_ngram = opens;
            mask.closes_ngram = closes;
        }
    }
}

/// Returns pieces as text. A `##` piece is joined to the piece before it. Other Latin pieces have a space between
/// them.
fn text(ids: &[PieceId], vocabulary: &Vocabulary) -> String {
    let mut out = String::new();
    for id in ids {
        let piece = vocabulary.piece(*id);
        let is_continuation = vocabulary.is_continuation(*id);
        let joined = if is_continuation { &piece[2..] } else { piece };
        let is_latin = |c: char| c.is_ascii_alphanumeric();
        if out.ends_with(is_latin) && !is_continuation && joined.starts_with(is_latin) {
            out.push(' ');
        }
        out.push_str(joined);
    }
    out
}

/// Explains a kind of replacement.
pub(crate) const fn why(kind: Kind) -> &'static str {
    match kind {
        Kind::Similar => "a similar word with the same number of pieces",
        Kind::Random => "a random word, as the method asks",
        Kind::Kept => "unchanged, but still predicted",
        Kind::Fallback => "a random word, because no similar word is known",
        Kind::Mask => "[MASK]",
    }
}

impl AuditReport {
    /// Makes the report of an audit. `orders` are the rows about order labels.
    pub(crate) fn new(audit: &Audit<'_>, orders: Vec<AuditRow>) -> Self {
        let lines = audit.lines();
        let is_met = |row: &AuditRow| row.expected.as_ref().is_none_or(|expected| expected.is_met);
        let rows = lines.into_iter().map(audit_row).chain(orders);
        let rows: Vec<AuditRow> = rows.collect();
        Self {
            is_well: rows.iter().all(is_met),
            rows,
        }
    }
}

fn audit_row(line: AuditLine) -> AuditRow {
    let figure = |value| figure(value, line.unit);
    let text = match line.expected {
        Expected::About { value, tolerance } => {
            Some(format!("{} ± {}", figure(value), figure(tolerance)))
        }
        Expected::AtMost { value, .. } => Some(format!("at most {}", figure(value))),
        Expected::Nothing => None,
    };
    let is_met = line.ok;
    AuditRow {
        realised: figure(line.realised),
        expected: text.map(|text| ExpectedText { text, is_met }),
        name: line.name,
    }
}

/// Formats a share in per cent, and a count as a whole number.
fn figure(value: f64, unit: AuditUnit) -> String {
    match unit {
        AuditUnit::Share => percent(value),
        AuditUnit::Count => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use masking::{AuditUnit, Kind};

    use super::{ShownMask, ShownUnit, figure, mark_ngrams};

    #[test]
    fn one_violation_is_not_a_hundred_per_cent() {
        assert_eq!(figure(1.0, AuditUnit::Count), "1");
        assert_eq!(figure(1.0, AuditUnit::Share), "100.00 %");
        assert_eq!(figure(0.0, AuditUnit::Share), "0.00 %");
    }

    #[test]
    fn an_ngram_has_one_first_and_one_last_unit() {
        let unit = |ngram: Option<u16>| ShownUnit {
            original: String::new(),
            shown: String::new(),
            is_special: false,
            mask: ngram.map(|ngram| ShownMask {
                kind: Kind::Kept,
                ngram,
                opens_ngram: false,
                closes_ngram: false,
            }),
        };
        let mut units = [Some(0), Some(0), Some(1), None, Some(2)].map(unit);
        mark_ngrams(&mut units);
        let marks = units.map(|unit| unit.mask.map(|mask| (mask.opens_ngram, mask.closes_ngram)));
        let whole = Some((true, true));
        assert_eq!(
            marks,
            [Some((true, false)), Some((false, true)), whole, None, whole]
        );
    }
}

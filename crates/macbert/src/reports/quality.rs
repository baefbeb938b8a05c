//! The report of a corpus and its preparation: the text, the examples made of it, what was dropped, and the time of
//! each stage.

use std::cmp::Reverse;

use prepare::{NearDuplicates, Quality, Times, Wrapped};
use shard::{Manifest, ShardFile};

use super::figure::Figure;
use crate::numbers::{duration, grouped, percent, share};

/// How many characters that cause `[UNK]` are named.
const N_CHARACTERS: usize = 20;
/// How many files with wrapped lines are named.
const N_FILES: usize = 10;

/// The heading above files with wrapped lines.
pub(crate) const WRAPPED: &str = "files with wrapped lines (sentences broken at a line width)";

/// The report of a corpus.
pub(crate) struct CorpusReport {
    /// The folder, the config or the paths that the report is about.
    pub title: String,
    /// The most important statistics.
    pub summary: Vec<Figure>,
    /// All statistics.
    pub figures: Vec<Figure>,
    /// Files with wrapped lines. The file with the most wrapped lines comes first.
    pub wrapped: Vec<WrappedFile>,
    /// Whether the wrapped lines were joined, and if not, how to join them.
    pub wrapped_advice: &'static str,
    /// What causes `[UNK]`; the most frequent cause comes first.
    pub unknown: Vec<UnknownCause>,
    /// The time of each stage; empty if the preparation was done before.
    pub times: Vec<Figure>,
}

/// A file with wrapped lines.
pub(crate) struct WrappedFile {
    pub name: String,
    pub lines: String,
}

/// A cause of `[UNK]`.
pub(crate) struct UnknownCause {
    /// The character, or a description of other causes.
    pub text: String,
    /// The number of pieces that are `[UNK]` because of this.
    pub count: String,
    /// The share of these pieces among all `[UNK]`, in per cent.
    pub percent: String,
}

impl CorpusReport {
    /// Makes the report of a preparation, or of the survey of a corpus.
    pub(crate) fn new(
        title: &str,
        manifest: &Manifest,
        quality: Option<&Quality>,
        times: Option<&Times>,
    ) -> Self {
        Self {
            title: title.to_owned(),
            summary: summary(manifest),
            figures: figures(manifest, quality),
            wrapped: quality.map(wrapped_files).unwrap_or_default(),
            wrapped_advice: if manifest.segmenter.join_wrapped_lines {
                "they were joined"
            } else {
                "each line counts as a sentence; segment.join_wrapped_lines = true joins them"
            },
            unknown: quality.map(unknown_causes).unwrap_or_default(),
            times: times.map(stage_times).unwrap_or_default(),
        }
    }
}

/// A count and its share of a whole: `23 (6.82 %)`.
fn part_of(part: u64, whole: u64) -> String {
    format!("{} ({})", grouped(part), percent(share(part, whole)))
}

fn summary(manifest: &Manifest) -> Vec<Figure> {
    let counts = &manifest.counts;
    vec![
        Figure::new("documents", grouped(counts.documents)),
        Figure::new("characters", grouped(counts.characters)),
        Figure::new("examples", grouped(counts.examples)),
        Figure::new(
            "[UNK]",
            percent(share(counts.unknown_pieces, counts.pieces)),
        ),
        Figure::new("padding", percent(manifest.padding_share())),
    ]
}

fn figures(manifest: &Manifest, quality: Option<&Quality>) -> Vec<Figure> {
    let mut figures = documents(manifest, quality);
    figures.extend(text(manifest));
    figures.extend(examples(manifest));
    if manifest.table_sha256.is_some() {
        figures.extend(similar_words(manifest));
    }
    figures
}

fn documents(manifest: &Manifest, quality: Option<&Quality>) -> Vec<Figure> {
    let counts = &manifest.counts;
    let drops = &counts.drops;
    let mut figures = vec![
        Figure::new("documents", grouped(counts.documents)),
        Figure::part(
            "held out",
            part_of(counts.held_out_documents, counts.documents),
        ),
    ];
    if counts.unheld_documents > 0 {
        figures.push(Figure::part(
            "to be held out, but trained on: no other gives an example",
            grouped(counts.unheld_documents),
        ));
    }
    figures.push(Figure::part(
        "without a sentence",
        grouped(drops.empty_documents),
    ));
    if !manifest.single_sentences {
        figures.push(Figure::part(
            "too short for a pair: one sentence",
            grouped(drops.single_sentence_documents),
        ));
    }
    if let Some(quality) = quality {
        figures.push(Figure::part(
            "repeated: the same text came before",
            repeated(quality),
        ));
        if let (Some(likeness), Some(near)) = (quality.likeness, &quality.near_duplicates) {
            let value = near_duplicates(likeness, near);
            figures.push(Figure::part("near duplicates", value));
        }
    }
    figures.push(Figure::new(
        "records dropped while reading",
        dropped_records(manifest),
    ));
    figures
}

fn repeated(quality: &Quality) -> String {
    let duplicates = quality.duplicates;
    let figure = part_of(duplicates.repeated, duplicates.compared);
    match duplicates.level {
        0 => figure,
        level => format!("{figure} of a sample of 1 in {}", grouped(1 << level)),
    }
}

fn near_duplicates(likeness: f64, near: &NearDuplicates) -> String {
    format!(
        "{} in {} groups, the first of each group not counted (likeness {likeness} or more)",
        part_of(near.listed, near.compared),
        grouped(near.groups)
    )
}

fn text(manifest: &Manifest) -> Vec<Figure> {
    let counts = &manifest.counts;
    vec![
        Figure::new("characters", grouped(counts.characters)),
        Figure::new("sentences", grouped(counts.sentences)),
        Figure::part(
            "cut: too long, or without a partner",
            grouped(counts.drops.cut_sentences),
        ),
        Figure::part(
            "dropped: without a partner",
            grouped(counts.drops.lone_sentences),
        ),
        Figure::new("units", grouped(counts.units)),
        Figure::new("pieces", grouped(counts.pieces)),
        Figure::part("[UNK]", part_of(counts.unknown_pieces, counts.pieces)),
        Figure::part(
            "dropped with their sentences",
            part_of(counts.drops.dropped_pieces, counts.pieces),
        ),
    ]
}

fn examples(manifest: &Manifest) -> Vec<Figure> {
    let sum = |files: &[ShardFile]| files.iter().map(|file| file.n_examples).sum::<u64>();
    let mut figures = vec![Figure::new("examples", grouped(manifest.counts.examples))];
    if !manifest.train.is_empty() {
        figures.push(Figure::part("to train on", grouped(sum(&manifest.train))));
        figures.push(Figure::part("held out", grouped(sum(&manifest.held_out))));
    }
    figures.push(Figure::new(
        "padding to the full length",
        percent(manifest.padding_share()),
    ));
    figures
}

fn similar_words(manifest: &Manifest) -> Vec<Figure> {
    let counts = &manifest.counts;
    let without = counts.han_units - counts.han_units_with_similar;
    vec![
        Figure::new(
            "Han words without function words",
            grouped(counts.han_units),
        ),
        Figure::part(
            "with a similar word",
            part_of(counts.han_units_with_similar, counts.han_units),
        ),
        Figure::part("without one", part_of(without, counts.han_units)),
    ]
}

fn dropped_records(manifest: &Manifest) -> String {
    let dropped = &manifest.counts.dropped_records;
    if dropped.is_empty() {
        return "0".to_owned();
    }
    let reasons = dropped
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"));
    reasons.collect::<Vec<_>>().join(", ")
}

/// Lists the files with the most wrapped lines.
fn wrapped_files(quality: &Quality) -> Vec<WrappedFile> {
    let mut files: Vec<_> = quality.wrapped.iter().collect();
    files.sort_by_key(|(path, wrapped)| (Reverse(wrapped.lines), path.as_str()));
    let n_more = files.len().saturating_sub(N_FILES);
    let row = |(path, wrapped): (&String, &Wrapped)| {
        let (documents, lines) = (grouped(wrapped.documents), grouped(wrapped.lines));
        WrappedFile {
            name: path.clone(),
            lines: format!("{lines} lines in {documents} documents"),
        }
    };
    let mut rows: Vec<_> = files.into_iter().take(N_FILES).map(row).collect();
    if n_more > 0 {
        rows.push(WrappedFile {
            name: "…".to_owned(),
            lines: format!("{n_more} more files"),
        });
    }
    rows
}

/// What causes most of the `[UNK]` pieces.
fn unknown_causes(quality: &Quality) -> Vec<UnknownCause> {
    let unknown = &quality.unknown;
    let row = |text: String, count: u64| {
        let share = 100.0 * share(count, unknown.total());
        UnknownCause {
            text,
            count: grouped(count),
            percent: format!("{share:.1} %"),
        }
    };
    let most = unknown.most(N_CHARACTERS);
    let shown = most.iter().map(|(_, count)| count).sum::<u64>();
    let mut rows: Vec<_> = most
        .into_iter()
        .map(|(character, count)| row(visible(character), count))
        .collect();
    let rest = unknown.total() - shown - unknown.words;
    for (what, count) in [
        ("other characters", rest),
        ("words of known characters", unknown.words),
    ] {
        if count > 0 {
            rows.push(row(what.to_owned(), count));
        }
    }
    rows
}

/// Returns a character as text. An invisible character is written as its code point.
fn visible(character: char) -> String {
    if character.is_control() || character.is_whitespace() {
        format!("U+{:04X}", u32::from(character))
    } else {
        character.to_string()
    }
}

fn stage_times(times: &Times) -> Vec<Figure> {
    let mut stages = vec![
        ("in all", times.total),
        ("reading", times.read),
        ("cutting (all threads)", times.segment),
        ("examples (all threads)", times.examples),
        ("writing", times.write),
    ];
    if !times.near_duplicates.is_zero() {
        stages.push(("near duplicates", times.near_duplicates));
    }
    let figures = stages.into_iter();
    figures
        .map(|(stage, time)| Figure::new(stage, duration(time)))
        .collect()
}

//! The report of a corpus and its preparation: what went in, what became of it, where the time went.

use std::cmp::Reverse;
use std::path::Path;

use anyhow::Result;
use prepare::{Finished, NearDuplicates, Quality, Times, Wrapped};
use shard::{Manifest, ShardFile};

use crate::pages;
use crate::paint::{BOLD, GOOD, grouped, padded, painted};
use crate::progress::{duration, note, print};

use super::drops::say_drops;

/// So many characters that cause `[UNK]` are named.
const N_CHARACTERS: usize = 20;
/// So many stand on a line.
const ON_A_LINE: usize = 5;
/// So many files with broken lines are named.
const N_FILES: usize = 10;
/// What is said of them.
pub(crate) const WRAPPED: &str = "lines broken at a width, in mid-sentence";
const COLUMNS: usize = 42;

/// A name and a figure; names that are parts of the one above begin with two spaces.
pub(crate) type Figure = (&'static str, String);

/// Prints the report of what has ended, and draws it where a page is asked for.
pub(super) fn show(title: &str, finished: &Finished, html: Option<&Path>) -> Result<()> {
    print_report(title, &finished.manifest, finished.quality.as_ref());
    say_drops(&finished.drops);
    let times = if finished.was_done {
        Vec::new()
    } else {
        times(&finished.times)
    };
    if !times.is_empty() {
        let stages = times.iter().map(|(stage, time)| format!("{stage} {time}"));
        note(&format!("  {}", stages.collect::<Vec<_>>().join(", ")));
    }
    if let Some(path) = html {
        let quality = finished.quality.as_ref();
        pages::quality::write(path, title, &finished.manifest, quality, &times)?;
        print(&format!(
            "page  {}",
            painted(GOOD, &path.display().to_string())
        ));
    }
    Ok(())
}

/// Prints figures and the characters that cause `[UNK]`.
pub(super) fn print_report(title: &str, manifest: &Manifest, quality: Option<&Quality>) {
    print(&painted(BOLD, title));
    for (name, figure) in figures(manifest, quality) {
        print(&format!("  {} {figure}", padded(name, COLUMNS)));
    }
    let wrapped = quality.map(wrapped_files).unwrap_or_default();
    if !wrapped.is_empty() {
        print(&painted(BOLD, WRAPPED));
        for (file, figure) in wrapped {
            print(&format!("  {file}  {figure}"));
        }
        print(&format!("  {}", joined(manifest)));
    }
    let unknown = quality.map(unknown_characters).unwrap_or_default();
    if unknown.is_empty() {
        return;
    }
    print(&painted(BOLD, "[UNK] stands for"));
    for line in unknown.chunks(ON_A_LINE) {
        let cells = line
            .iter()
            .map(|(text, count, share)| padded(&format!("{text}  {count} ({share})"), 24));
        let line: String = cells.collect();
        print(&format!("  {}", line.trim_end()));
    }
}

/// The files with most lines that were broken at a width.
pub(crate) fn wrapped_files(quality: &Quality) -> Vec<(String, String)> {
    let mut files: Vec<_> = quality.wrapped.iter().collect();
    files.sort_by_key(|(path, wrapped)| (Reverse(wrapped.lines), path.as_str()));
    let n_more = files.len().saturating_sub(N_FILES);
    let row = |(path, wrapped): (&String, &Wrapped)| {
        let (documents, lines) = (grouped(wrapped.documents), grouped(wrapped.lines));
        (
            path.clone(),
            format!("{lines} lines of {documents} documents"),
        )
    };
    let mut rows: Vec<_> = files.into_iter().take(N_FILES).map(row).collect();
    if n_more > 0 {
        rows.push(("…".to_owned(), format!("{n_more} more files")));
    }
    rows
}

/// What became of these lines, or what can.
pub(crate) fn joined(manifest: &Manifest) -> &'static str {
    if manifest.segmenter.join_wrapped_lines {
        "they were joined"
    } else {
        "each counts as a sentence; segment.join_wrapped_lines = true joins them"
    }
}

/// What causes most of the `[UNK]` pieces, how many, and their share of all of them.
pub(crate) fn unknown_characters(quality: &Quality) -> Vec<(String, String, String)> {
    let unknown = &quality.unknown;
    let row = |text: String, count: u64| {
        let share = 100.0 * count as f64 / unknown.total().max(1) as f64;
        (text, grouped(count), format!("{share:.1} %"))
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

/// A character as it can be shown: those that draw nothing by their number.
fn visible(character: char) -> String {
    if character.is_control() || character.is_whitespace() {
        format!("U+{:04X}", u32::from(character))
    } else {
        character.to_string()
    }
}

/// Where the time went.
fn times(times: &Times) -> Vec<Figure> {
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
    let said = stages.into_iter();
    said.map(|(stage, time)| (stage, duration(time))).collect()
}

/// All figures of a preparation.
pub(crate) fn figures(manifest: &Manifest, quality: Option<&Quality>) -> Vec<Figure> {
    let mut figures = documents(manifest, quality);
    figures.extend(text(manifest));
    figures.extend(examples(manifest));
    if manifest.table_sha256.is_some() {
        figures.extend(similar_words(manifest));
    }
    figures
}

fn share(part: u64, whole: u64) -> String {
    let share = 100.0 * part as f64 / whole.max(1) as f64;
    format!("{} ({share:.2} %)", grouped(part))
}

fn documents(manifest: &Manifest, quality: Option<&Quality>) -> Vec<Figure> {
    let counts = &manifest.counts;
    let drops = &counts.drops;
    let mut figures = vec![
        ("documents", grouped(counts.documents)),
        (
            "  held out",
            share(counts.held_out_documents, counts.documents),
        ),
        ("  without a sentence", grouped(drops.empty_documents)),
        (
            "  too short for a pair: one sentence",
            grouped(drops.single_sentence_documents),
        ),
    ];
    if let Some(quality) = quality {
        figures.push(("  of a text that came before", repeated(quality)));
        if let (Some(likeness), Some(near)) = (quality.likeness, &quality.near_duplicates) {
            figures.push(("  near duplicates", near_duplicates(likeness, near)));
        }
    }
    figures.push(("records dropped on reading", dropped_records(manifest)));
    figures
}

fn repeated(quality: &Quality) -> String {
    let duplicates = quality.duplicates;
    let figure = share(duplicates.repeated, duplicates.compared);
    match duplicates.level {
        0 => figure,
        level => format!("{figure} of a sample of 1 in {}", grouped(1 << level)),
    }
}

fn near_duplicates(likeness: f64, near: &NearDuplicates) -> String {
    format!(
        "{} beside the first of {} groups alike to {likeness}",
        share(near.listed, near.compared),
        grouped(near.groups)
    )
}

fn text(manifest: &Manifest) -> Vec<Figure> {
    let counts = &manifest.counts;
    vec![
        ("characters", grouped(counts.characters)),
        ("sentences", grouped(counts.sentences)),
        (
            "  cut: longer than an example, or alone",
            grouped(counts.drops.cut_sentences),
        ),
        (
            "  dropped: alone, fitting nowhere",
            grouped(counts.drops.lone_sentences),
        ),
        ("units", grouped(counts.units)),
        ("pieces", grouped(counts.pieces)),
        ("  [UNK]", share(counts.unknown_pieces, counts.pieces)),
        (
            "  dropped with their sentences",
            share(counts.drops.dropped_pieces, counts.pieces),
        ),
    ]
}

fn examples(manifest: &Manifest) -> Vec<Figure> {
    let sum = |files: &[ShardFile]| files.iter().map(|file| file.n_examples).sum::<u64>();
    let mut figures = vec![("examples", grouped(manifest.counts.examples))];
    if !manifest.train.is_empty() {
        figures.push(("  to train on", grouped(sum(&manifest.train))));
        figures.push(("  held out", grouped(sum(&manifest.held_out))));
    }
    let padding = 100.0 * manifest.padding_share();
    figures.push(("padding at the full length", format!("{padding:.2} %")));
    figures
}

fn similar_words(manifest: &Manifest) -> Vec<Figure> {
    let counts = &manifest.counts;
    let without = counts.han_units - counts.han_units_with_similar;
    vec![
        (
            "running Han words (function words aside)",
            grouped(counts.han_units),
        ),
        (
            "  with a similar word",
            share(counts.han_units_with_similar, counts.han_units),
        ),
        ("  without one", share(without, counts.han_units)),
    ]
}

fn dropped_records(manifest: &Manifest) -> String {
    let dropped = &manifest.counts.dropped_records;
    if dropped.is_empty() {
        return "0".to_owned();
    }
    let reasons: Vec<String> = dropped
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    reasons.join(", ")
}

//! The page of a corpus and its preparation.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use prepare::Quality;
use shard::Manifest;

use super::frame::{escaped, page, table, write as write_page};
use crate::commands::quality::{
    Figure, WRAPPED, figures, joined, unknown_characters, wrapped_files,
};
use crate::paint::grouped;

/// Draws the figures, what `[UNK]` stands for, and where the time went.
pub(crate) fn write(
    path: &Path,
    title: &str,
    manifest: &Manifest,
    quality: Option<&Quality>,
    times: &[Figure],
) -> Result<()> {
    let mut body = cards(manifest);
    body.push_str("<h2>Figures</h2>\n");
    body.push_str(&table(&["", ""], &rows(&figures(manifest, quality))));
    let wrapped = quality.map(wrapped_files).unwrap_or_default();
    if !wrapped.is_empty() {
        let _ = writeln!(body, "<h2>Files with {WRAPPED}</h2>");
        let rows: Vec<Vec<String>> = wrapped
            .iter()
            .map(|(file, figure)| vec![escaped(file), escaped(figure)])
            .collect();
        body.push_str(&table(&["", ""], &rows));
        let _ = writeln!(body, "<p class=\"quiet\">{}</p>", joined(manifest));
    }
    let unknown = quality.map(unknown_characters).unwrap_or_default();
    if !unknown.is_empty() {
        body.push_str("<h2>What [UNK] stands for</h2>\n");
        let rows: Vec<Vec<String>> = unknown
            .iter()
            .map(|(text, count, share)| vec![escaped(text), count.clone(), bar(share)])
            .collect();
        body.push_str(&table(&["", "pieces", "of all [UNK]"], &rows));
    }
    if !times.is_empty() {
        body.push_str("<h2>Time</h2>\n");
        body.push_str(&table(&["stage", "time"], &rows(times)));
    }
    write_page(path, &page(&format!("Corpus of {title}"), &body))
}

fn cards(manifest: &Manifest) -> String {
    let counts = &manifest.counts;
    let unknown = 100.0 * counts.unknown_pieces as f64 / counts.pieces.max(1) as f64;
    let mut out = String::from("<div class=\"figures\">\n");
    for (name, figure) in [
        ("documents", grouped(counts.documents)),
        ("characters", grouped(counts.characters)),
        ("examples", grouped(counts.examples)),
        ("[UNK]", format!("{unknown:.2} %")),
        (
            "padding",
            format!("{:.2} %", 100.0 * manifest.padding_share()),
        ),
    ] {
        let _ = writeln!(
            out,
            "<div class=\"figure\"><b>{figure}</b><span>{name}</span></div>"
        );
    }
    out.push_str("</div>\n");
    out
}

fn rows(figures: &[Figure]) -> Vec<Vec<String>> {
    let row = |(name, figure): &Figure| {
        let part = name.starts_with(' ');
        let name = escaped(name.trim_start());
        let name = if part {
            format!("<span class=\"part\">{name}</span>")
        } else {
            name
        };
        vec![name, escaped(figure)]
    };
    figures.iter().map(row).collect()
}

/// A share as a bar of that width; it reads `12.3 %`.
fn bar(share: &str) -> String {
    let width = share.replace(' ', "");
    format!("<span class=\"bar\"><i style=\"width:{width}\"></i></span>{share}")
}

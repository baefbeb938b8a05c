//! The page of a corpus and its preparation.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::frame::{escaped, figure_rows, page, table, write as write_page};
use crate::reports::figure::Figure;
use crate::reports::quality::{CorpusReport, WRAPPED};

/// Writes the report of a corpus as a page.
pub(crate) fn write(path: &Path, report: &CorpusReport) -> Result<()> {
    let mut body = cards(&report.summary);
    body.push_str("<h2>Statistics</h2>\n");
    body.push_str(&table(&["", ""], &figure_rows(&report.figures)));
    if !report.wrapped.is_empty() {
        let _ = writeln!(body, "<h2>{WRAPPED}</h2>");
        let rows = report.wrapped.iter();
        let rows: Vec<Vec<String>> = rows
            .map(|file| vec![escaped(&file.name), escaped(&file.lines)])
            .collect();
        body.push_str(&table(&["", ""], &rows));
        let _ = writeln!(body, "<p class=\"quiet\">{}</p>", report.wrapped_advice);
    }
    if !report.unknown.is_empty() {
        body.push_str("<h2>What [UNK] stands for</h2>\n");
        let rows = report.unknown.iter().map(|cause| {
            vec![
                escaped(&cause.text),
                cause.count.clone(),
                bar(&cause.percent),
            ]
        });
        let head = ["", "pieces", "of all [UNK]"];
        body.push_str(&table(&head, &rows.collect::<Vec<_>>()));
    }
    if !report.times.is_empty() {
        body.push_str("<h2>Time</h2>\n");
        body.push_str(&table(&["stage", "time"], &figure_rows(&report.times)));
    }
    write_page(path, &page(&format!("Corpus of {}", report.title), &body))
}

fn cards(figures: &[Figure]) -> String {
    let mut out = String::from("<div class=\"figures\">\n");
    for figure in figures {
        let _ = writeln!(
            out,
            "<div class=\"figure\"><b>{}</b><span>{}</span></div>",
            figure.value, figure.name
        );
    }
    out.push_str("</div>\n");
    out
}

/// A bar whose width is a share such as `12.3 %`, followed by the share as text.
fn bar(percent: &str) -> String {
    let width = percent.replace(' ', "");
    format!("<span class=\"bar\"><i style=\"width:{width}\"></i></span>{percent}")
}

//! The page of `macbert synonyms eval`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use synonym::{Placed, SimilarWords};

use super::frame::{escaped, page, table as table_html, write as write_page};
use crate::reports::words::{Part, ShownWord};

/// The side of a map and its margin, in SVG units.
const SIDE: f64 = 360.0;
const MARGIN: f64 = 48.0;

/// Writes the report of a table as a page, with examples of its words.
pub(crate) fn write(
    path: &Path,
    table: &SimilarWords,
    parts: &[Part],
    shown: &[ShownWord<'_>],
) -> Result<()> {
    let mut body = String::new();
    for part in parts {
        let _ = writeln!(body, "<h2>{}</h2>", escaped(part.title));
        let rows = part.lines.iter();
        let rows = rows.map(|line| {
            [&line.name, &line.value, &line.over]
                .map(|text| escaped(text))
                .to_vec()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        body.push_str(&table_html(&["", "value", "counted over"], &rows));
    }
    body.push_str("<h2>Words and their similar words</h2>\n<div class=\"charts\">\n");
    for one in shown {
        body.push_str(&shown_html(one));
    }
    body.push_str("</div>\n");
    let title = format!("Similar words of {}", table.path().display());
    write_page(path, &page(&title, &body))
}

fn shown_html(shown: &ShownWord<'_>) -> String {
    let mut out = format!(
        "<figure>\n<figcaption>{}</figcaption>\n<p class=\"quiet\">",
        escaped(&shown.word)
    );
    if shown.similar.is_empty() {
        out.push_str("no similar word");
    }
    for (index, similar) in shown.similar.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        let _ = write!(out, "{comma}{} {:.2}", escaped(similar.text), similar.score);
    }
    out.push_str("</p>\n");
    if shown.map.len() > 2 {
        out.push_str(&map_html(&shown.map));
    }
    out.push_str("</figure>\n");
    out
}

/// A two-dimensional map of words. The first is the word that the others are similar to.
fn map_html(map: &[Placed]) -> String {
    let mut out = format!("<svg viewBox=\"0 0 {SIDE} {SIDE}\" role=\"img\">\n");
    let on = |c: f64| SIDE / 2.0 + c * (SIDE / 2.0 - MARGIN);
    for (index, placed) in map.iter().enumerate() {
        let (x, y) = (on(placed.x), on(placed.y));
        let (radius, colour) = if index == 0 {
            (5, "var(--c1)")
        } else {
            (3, "var(--c0)")
        };
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            y - 7.0,
            escaped(&placed.word)
        );
    }
    out.push_str("</svg>\n");
    out
}

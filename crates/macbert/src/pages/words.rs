//! The page of `macbert synonyms eval`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use segment::PieceTokenizer;
use synonym::{Neighbour, Placed, SimilarWords, Vectors, neighbours, place};

use super::frame::{escaped, page, table as table_html, write as write_page};
use crate::commands::synonyms::Part;

/// Side of a map, in SVG units, and its margin.
const SIDE: f64 = 360.0;
const MARGIN: f64 = 48.0;
/// Where no words are asked for, so many are shown, taken evenly from the table's frequent half.
const N_SHOWN: usize = 24;

/// A word with its similar words and, where vectors are known, their places on a plane.
pub(crate) struct Shown<'t> {
    word: String,
    similar: Vec<Neighbour<'t>>,
    map: Vec<Placed>,
}

/// The words asked for, or some of the table, with what stands around them.
pub(crate) fn examples<'t>(
    words: &[String],
    table: &'t SimilarWords,
    tokenizer: &PieceTokenizer,
    vectors: Option<&Vectors>,
) -> Vec<Shown<'t>> {
    let words = if words.is_empty() {
        some_words(table, vectors)
    } else {
        words.to_vec()
    };
    let show = |word: String| {
        let similar = neighbours(&word, table, tokenizer).unwrap_or_default();
        let map = vectors.map_or_else(Vec::new, |vectors| map_of(&word, &similar, vectors));
        Shown { word, similar, map }
    };
    words.into_iter().map(show).collect()
}

fn some_words(table: &SimilarWords, vectors: Option<&Vectors>) -> Vec<String> {
    let words: Vec<String> = match vectors {
        Some(vectors) => vectors.words()[..vectors.words().len() / 2].to_vec(),
        None => table
            .words()
            .map(|word| table.text(word).to_owned())
            .collect(),
    };
    let step = (words.len() / N_SHOWN).max(1);
    words.into_iter().step_by(step).take(N_SHOWN).collect()
}

fn map_of(word: &str, similar: &[Neighbour<'_>], vectors: &Vectors) -> Vec<Placed> {
    let names = std::iter::once(word).chain(similar.iter().map(|neighbour| neighbour.text));
    let find = |name: &str| vectors.words().iter().position(|known| known == name);
    let places: Vec<usize> = names.filter_map(find).collect();
    place(vectors, &places)
}

/// Draws figures and examples.
pub(crate) fn write(
    path: &Path,
    table: &SimilarWords,
    parts: &[Part],
    shown: &[Shown<'_>],
) -> Result<()> {
    let mut body = String::new();
    for part in parts {
        let _ = writeln!(body, "<h2>{}</h2>", escaped(part.title));
        let rows: Vec<Vec<String>> = part
            .figures
            .iter()
            .map(|f| {
                [&f.name, &f.value, &f.over]
                    .map(|text| escaped(text))
                    .to_vec()
            })
            .collect();
        body.push_str(&table_html(&["", "figure", "counted over"], &rows));
    }
    body.push_str("<h2>Words and their similar words</h2>\n<div class=\"charts\">\n");
    for one in shown {
        body.push_str(&shown_html(one));
    }
    body.push_str("</div>\n");
    let title = format!("Similar words of {}", table.path().display());
    write_page(path, &page(&title, &body))
}

fn shown_html(shown: &Shown<'_>) -> String {
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

/// Words on a plane; the first is the one that they are similar to.
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

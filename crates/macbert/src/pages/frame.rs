//! The parts that all pages have in common: head, style, escaping, tables. A page is written completely or not at all.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use repro::AtomicFile;

use crate::reports::figure::Figure;

const STYLE: &str = include_str!("style.css");

/// Escapes text for HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// A whole page around a body.
pub(crate) fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"zh-Hans\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )
}

/// A table with this head and these rows. Cells of rows are HTML, so the caller escapes their text.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<table>\n<thead><tr>");
    for cell in head {
        let _ = write!(out, "<th>{}</th>", escaped(cell));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{cell}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
    out
}

/// Makes a table row of each figure: the name, indented if the figure is a part of the one above, and the value.
pub(crate) fn figure_rows(figures: &[Figure]) -> Vec<Vec<String>> {
    let row = |figure: &Figure| {
        let name = escaped(&figure.name);
        let name = if figure.is_part {
            format!("<span class=\"part\">{name}</span>")
        } else {
            name
        };
        vec![name, escaped(&figure.value)]
    };
    figures.iter().map(row).collect()
}

/// Writes a page under a temporary name, syncs it, and renames it.
pub(crate) fn write(path: &Path, html: &str) -> Result<()> {
    AtomicFile::write(path, html.as_bytes())
        .with_context(|| format!("could not write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{escaped, page};

    #[test]
    fn text_from_a_corpus_is_never_markup() {
        assert_eq!(escaped("a<b & \"c\""), "a&lt;b &amp; &quot;c&quot;");
        assert!(page("甲<乙", "").contains("<title>甲&lt;乙</title>"));
    }
}

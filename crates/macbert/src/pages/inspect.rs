//! The page of `macbert inspect`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use masking::Kind;

use super::frame::{escaped, page, table, write as write_page};
use crate::reports::inspect::{AuditReport, AuditRow, ShownExample, ShownMask, ShownUnit, why};

/// Writes the examples and the audit of a folder of shards as a page.
pub(crate) fn write(
    path: &Path,
    shards: &str,
    examples: &[ShownExample],
    audit: &AuditReport,
) -> Result<()> {
    let mut body = legend();
    for example in examples {
        body.push_str(&example_html(example));
    }
    body.push_str("<h2>Audit</h2>\n");
    let rows: Vec<Vec<String>> = audit.rows.iter().map(audit_row).collect();
    body.push_str(&table(&["statistic", "measured", "expected", ""], &rows));
    let title = format!("Examples of {shards}");
    write_page(path, &page(&title, &body))
}

fn legend() -> String {
    let mut out = String::from("<p>");
    for kind in Kind::ALL {
        let _ = write!(
            out,
            "<span class=\"key\"><span class=\"{0}\">{0}</span> {1}</span> ",
            kind.name(),
            why(kind)
        );
    }
    out.push_str("<span class=\"key\">a dashed frame is an n-gram</span></p>\n");
    out
}

fn example_html(example: &ShownExample) -> String {
    let mut out = format!(
        "<div class=\"example\">\n<p class=\"quiet\">{} · {}</p>\n",
        escaped(&example.title),
        example.order
    );
    if let Some(source) = &example.source {
        let _ = writeln!(out, "<p class=\"text quiet\">{}</p>", escaped(source));
    }
    out.push_str("<p class=\"text\">");
    for unit in &example.units {
        out.push_str(&plain_unit(unit, &unit.original));
    }
    out.push_str("</p>\n<p class=\"text\">");
    for unit in &example.units {
        match &unit.mask {
            Some(mask) => out.push_str(&masked_unit(unit, mask)),
            None => out.push_str(&plain_unit(unit, &unit.shown)),
        }
    }
    out.push_str("</p>\n");
    let rows = example.masked().map(|(unit, mask)| masked_row(unit, mask));
    let head = ["label", "shown", "kind", "n-gram", "why"];
    out.push_str(&table(&head, &rows.collect::<Vec<_>>()));
    out.push_str("</div>\n");
    out
}

fn plain_unit(unit: &ShownUnit, text: &str) -> String {
    if unit.is_special {
        format!("<span class=\"special\">{}</span>", escaped(text))
    } else {
        escaped(text)
    }
}

/// A masked unit, inside the frame of its n-gram.
fn masked_unit(unit: &ShownUnit, mask: &ShownMask) -> String {
    let (open, close) = (
        if mask.opens_ngram {
            "<span class=\"gram\">"
        } else {
            ""
        },
        if mask.closes_ngram { "</span>" } else { "" },
    );
    format!(
        "{open}<span class=\"unit {}\" title=\"{}: {}\">{}</span>{close}",
        mask.kind.name(),
        escaped(&unit.original),
        why(mask.kind),
        escaped(&unit.shown)
    )
}

/// The row of a masked unit: the label, what the model sees instead, the kind, the n-gram, and an explanation of the
/// kind.
fn masked_row(unit: &ShownUnit, mask: &ShownMask) -> Vec<String> {
    let name = mask.kind.name();
    vec![
        escaped(&unit.original),
        format!("<span class=\"{name}\">{}</span>", escaped(&unit.shown)),
        name.to_owned(),
        mask.ngram.to_string(),
        why(mask.kind).to_owned(),
    ]
}

fn audit_row(row: &AuditRow) -> Vec<String> {
    let (expected, verdict) = match &row.expected {
        None => (String::new(), ""),
        Some(expected) => (
            expected.text.clone(),
            if expected.is_met {
                "<span class=\"good\">ok</span>"
            } else {
                "<span class=\"bad\">off</span>"
            },
        ),
    };
    vec![
        escaped(&row.name),
        row.realised.clone(),
        expected,
        verdict.to_owned(),
    ]
}

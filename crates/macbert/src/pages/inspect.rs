//! The page of `macbert inspect`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use masking::{AuditLine, AuditUnit, Kind};

use super::frame::{escaped, page, table, write as write_page};
use crate::commands::inspect::{ShownExample, ShownUnit, figure, why};

/// Draws examples and audit.
pub(crate) fn write(
    path: &Path,
    shards: &Path,
    examples: &[ShownExample],
    lines: &[AuditLine],
    (fallbacks, beyond_cap): (f64, f64),
) -> Result<()> {
    let mut body = String::from("<p>");
    for kind in Kind::ALL {
        let _ = write!(
            body,
            "<span class=\"key\"><span class=\"{0}\">{0}</span> {1}</span> ",
            kind.name(),
            why(kind)
        );
    }
    body.push_str("<span class=\"key\">a dashed frame is an n-gram</span></p>\n");
    for example in examples {
        body.push_str(&example_html(example));
    }
    body.push_str("<h2>Audit</h2>\n");
    body.push_str(&audit_html(lines, fallbacks, beyond_cap));
    write_page(
        path,
        &page(&format!("Examples of {}", shards.display()), &body),
    )
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
        out.push_str(&unit_as_it_was(unit));
    }
    out.push_str("</p>\n<p class=\"text\">");
    for (index, unit) in example.units.iter().enumerate() {
        let before = index
            .checked_sub(1)
            .and_then(|before| example.units[before].ngram);
        if unit.ngram.is_some() && before != unit.ngram {
            out.push_str("<span class=\"gram\">");
        }
        out.push_str(&unit_html(unit));
        let after = example.units.get(index + 1).and_then(|after| after.ngram);
        if unit.ngram.is_some() && after != unit.ngram {
            out.push_str("</span>");
        }
    }
    out.push_str("</p>\n");
    let rows = example.units.iter().filter_map(masked_row);
    let head = ["label", "shown", "kind", "n-gram", "why"];
    out.push_str(&table(&head, &rows.collect::<Vec<_>>()));
    out.push_str("</div>\n");
    out
}

fn unit_as_it_was(unit: &ShownUnit) -> String {
    if unit.is_special {
        format!("<span class=\"special\">{}</span>", escaped(&unit.original))
    } else {
        escaped(&unit.original)
    }
}

/// A row of a masked unit: what has to be predicted, what stands there, and why.
fn masked_row(unit: &ShownUnit) -> Option<Vec<String>> {
    let kind = unit.kind?;
    let name = kind.name();
    Some(vec![
        escaped(&unit.original),
        format!("<span class=\"{name}\">{}</span>", escaped(&unit.shown)),
        name.to_owned(),
        unit.ngram
            .map_or_else(String::new, |ngram| ngram.to_string()),
        why(kind).to_owned(),
    ])
}

fn unit_html(unit: &ShownUnit) -> String {
    match unit.kind {
        Some(kind) => format!(
            "<span class=\"unit {}\" title=\"{}: {}\">{}</span>",
            kind.name(),
            escaped(&unit.original),
            why(kind),
            escaped(&unit.shown)
        ),
        None if unit.is_special => {
            format!("<span class=\"special\">{}</span>", escaped(&unit.shown))
        }
        None => escaped(&unit.shown),
    }
}

fn audit_html(lines: &[AuditLine], fallbacks: f64, beyond_cap: f64) -> String {
    let mut rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let verdict = if line.ok {
                "<span class=\"good\">ok</span>"
            } else {
                "<span class=\"bad\">off</span>"
            };
            let expected = format!(
                "{} ± {}",
                figure(line.expected, line.unit),
                figure(line.tolerance, line.unit)
            );
            vec![
                escaped(&line.name),
                figure(line.realised, line.unit),
                expected,
                verdict.to_owned(),
            ]
        })
        .collect();
    for (name, share) in [
        ("fallback pieces ÷ masked pieces", fallbacks),
        ("of them beyond the cap", beyond_cap),
    ] {
        rows.push(vec![
            name.to_owned(),
            figure(share, AuditUnit::Share),
            String::new(),
            String::new(),
        ]);
    }
    table(&["figure", "realised", "expected", ""], &rows)
}

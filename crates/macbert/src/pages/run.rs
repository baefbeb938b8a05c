//! The page of a run: the last evaluation, the curves, and the model's predictions for a few held-out examples.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use dataset::Baseline;
use masking::Kind;
use trainer::Summary;

use super::chart::{Level, Series, chart};
use super::frame::{escaped, figure_rows, page, table, write as write_page};
use crate::reports::evaluation::evaluation_figures;
use crate::reports::metrics::RunMetrics;
use crate::reports::restorations::{Guess, RestoredExample, RestoredPosition, ShownPiece};

/// Writes the report of the finished run in a folder as a page.
pub(crate) fn write(
    path: &Path,
    folder: &Path,
    summary: &Summary,
    restored: &[RestoredExample],
) -> Result<()> {
    let mut body = format!(
        "<p class=\"quiet\">{}, {} steps</p>\n",
        escaped(&folder.display().to_string()),
        summary.step
    );
    match (&summary.evaluation, &summary.baseline) {
        (Some(evaluation), Some(baseline)) => {
            let figures = evaluation_figures(evaluation, baseline);
            body.push_str(&table(
                &["held out, at the end", ""],
                &figure_rows(&figures),
            ));
        }
        _ => body.push_str("<p>No document is held out, so nothing was evaluated.</p>\n"),
    }
    body.push_str("<h2>Curves</h2>\n<div class=\"charts\">\n");
    body.push_str(&curves(&RunMetrics::read(folder)?, summary));
    body.push_str("</div>\n");
    if !restored.is_empty() {
        body.push_str("<h2>What the model restores</h2>\n");
        body.push_str(
            "<p class=\"quiet\">Held-out examples as they were masked. Each table shows the piece that the model sees, the \
             original, and what the model would put there.</p>\n",
        );
    }
    for example in restored {
        body.push_str(&restored_html(example));
    }
    write_page(path, &page("MacBERT pre-training", &body))
}

fn curves(metrics: &RunMetrics, summary: &Summary) -> String {
    let level = |name, value| Level { name, value };
    let levels = |name, value: fn(&Baseline) -> f64| -> Vec<Level> {
        let value = summary.baseline.as_ref().map(value);
        value.map(|value| level(name, value)).into_iter().collect()
    };
    let train = |figure| Series::new("training", metrics.train(figure)).pale();
    let held_out = |figure| Series::new("held out", metrics.held_out(figure));
    let accuracy = Kind::ALL.map(|kind| {
        let name = kind.name();
        Series::new(name, metrics.held_out(&format!("/accuracy/{name}")))
    });
    let accuracy: Vec<Series> = accuracy
        .into_iter()
        .filter(|series| !series.points.is_empty())
        .collect();
    let one = |name, points| [Series::new(name, points)];
    [
        chart(
            "Masked loss, nats",
            &[train("/masked_loss"), held_out("/masked_loss")],
            &levels("unigram", |baseline| baseline.loss),
        ),
        chart(
            "Accuracy by kind",
            &accuracy,
            &levels("most frequent label", |baseline| baseline.commonest_share),
        ),
        chart(
            "Order accuracy",
            &[held_out("/order_accuracy")],
            &[level("chance", 0.5)],
        ),
        chart(
            "Order loss, nats",
            &[train("/order_loss"), held_out("/order_loss")],
            &[],
        ),
        chart(
            "Learning rate",
            &one("learning rate", metrics.train("/learning_rate")),
            &[],
        ),
        chart(
            "Gradient norm before clipping",
            &one("gradient norm", metrics.train("/gradient_norm")),
            &[],
        ),
        chart(
            "Tokens per second, without padding",
            &one("tokens/s", metrics.timing("/tokens_per_second")),
            &[],
        ),
    ]
    .concat()
}

fn restored_html(example: &RestoredExample) -> String {
    let mut out = String::from("<div class=\"example\">\n<p class=\"text\">");
    for piece in &example.pieces {
        out.push_str(&piece_html(piece));
    }
    out.push_str("</p>\n");
    let rows: Vec<Vec<String>> = example.positions.iter().map(position_row).collect();
    out.push_str(&table(&["shown", "original", "the model's guesses"], &rows));
    out.push_str("</div>\n");
    out
}

fn piece_html(piece: &ShownPiece) -> String {
    let text = escaped(&piece.text);
    match piece.kind {
        Some(kind) => format!("<span class=\"unit {}\">{text}</span>", kind.name()),
        None if piece.is_special => format!("<span class=\"special\"> {text} </span>"),
        None => text.trim_start_matches("##").to_owned(),
    }
}

fn position_row(position: &RestoredPosition) -> Vec<String> {
    let kind = position.kind.name();
    let hit = if position.is_right { "good" } else { "bad" };
    let mut guesses = String::new();
    for (index, Guess { piece, probability }) in position.guesses.iter().enumerate() {
        let dot = if index > 0 { " · " } else { "" };
        let _ = write!(
            guesses,
            "{dot}{} {:.1} %",
            escaped(piece),
            100.0 * probability
        );
    }
    vec![
        format!(
            "<span class=\"{kind}\">{}</span> ({kind})",
            escaped(&position.shown)
        ),
        format!(
            "<span class=\"{hit}\">{}</span>",
            escaped(&position.original)
        ),
        guesses,
    ]
}

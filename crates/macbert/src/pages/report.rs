//! The page of a run: its curves, its figures, and a few held-out lines with what the model restores.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use masking::Kind;
use model::restore;
use segment::PieceId;
use serde_json::Value;
use trainer::{Run, Summary};

use super::chart::{Series, chart};
use super::frame::{escaped, page, table, write as write_page};
use crate::commands::evaluate;

/// Held-out lines that are shown.
const N_LINES: usize = 6;
/// Restorations that are shown at a place.
const TOP: usize = 3;

/// Draws the report of a finished run.
pub(crate) fn write(path: &Path, folder: &Path, run: &Run, summary: &Summary) -> Result<()> {
    let metrics = read_lines(&folder.join("metrics.jsonl"))?;
    let timing = read_lines(&folder.join("timing.jsonl"))?;
    let mut body = format!(
        "<p class=\"quiet\">{}, {} steps</p>\n",
        escaped(&folder.display().to_string()),
        summary.step
    );
    if let Some(evaluation) = &summary.evaluation {
        let rows: Vec<Vec<String>> = evaluate::figures(evaluation, &summary.baseline)
            .into_iter()
            .map(|(name, figure)| vec![escaped(&name), escaped(&figure)])
            .collect();
        body.push_str(&table(&["held out, at the end", ""], &rows));
    }
    body.push_str("<h2>Curves</h2>\n<div class=\"charts\">\n");
    body.push_str(&curves(&metrics, &timing, summary));
    body.push_str("</div>\n<h2>What the model restores</h2>\n");
    body.push_str("<p class=\"quiet\">Held-out lines as they were masked; under each, what stood there and what the model says.</p>\n");
    body.push_str(&restorations(run, summary)?);
    write_page(path, &page("MacBERT pre-training", &body))
}

fn read_lines(path: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| path.display().to_string()))
        .collect()
}

/// The points of a figure over steps, in the lines of a kind.
fn points(lines: &[Value], kind: Option<&str>, figure: &str) -> Vec<(f64, f64)> {
    lines
        .iter()
        .filter(|line| kind.is_none_or(|kind| line["kind"] == kind))
        .filter_map(|line| Some((line["step"].as_f64()?, line.pointer(figure)?.as_f64()?)))
        .collect()
}

fn curves(metrics: &[Value], timing: &[Value], summary: &Summary) -> String {
    let train = |figure| points(metrics, Some("train"), figure);
    let held_out = |figure| points(metrics, Some("evaluation"), figure);
    let loss = [
        Series::new("training", train("/masked_loss")).pale(),
        Series::new("held out", held_out("/masked_loss")),
    ];
    let accuracy: Vec<Series> = Kind::ALL
        .into_iter()
        .map(|kind| {
            Series::new(
                kind.name(),
                points(
                    metrics,
                    Some("evaluation"),
                    &format!("/accuracy/{}", kind.name()),
                ),
            )
        })
        .filter(|series| !series.points.is_empty())
        .collect();
    let order = [Series::new("held out", held_out("/order_accuracy"))];
    let order_loss = [
        Series::new("training", train("/order_loss")).pale(),
        Series::new("held out", held_out("/order_loss")),
    ];
    let one = |name, points| [Series::new(name, points)];
    [
        chart(
            "Masked loss, nats",
            &loss,
            &[("unigram", summary.baseline.loss)],
        ),
        chart(
            "Accuracy by kind",
            &accuracy,
            &[("commonest label", summary.baseline.commonest_share)],
        ),
        chart("Order accuracy", &order, &[("chance", 0.5)]),
        chart("Order loss, nats", &order_loss, &[]),
        chart("Learning rate", &one("rate", train("/learning_rate")), &[]),
        chart(
            "Gradient norm before clipping",
            &one("norm", train("/gradient_norm")),
            &[],
        ),
        chart(
            "Tokens a second, without padding",
            &one("tokens/s", points(timing, None, "/tokens_per_second")),
            &[],
        ),
    ]
    .concat()
}

fn restorations(run: &Run, summary: &Summary) -> Result<String> {
    let model = model::load(&summary.checkpoint, &run.device, run.seed)?.model;
    let vocabulary = run.held_out.masker().vocabulary();
    let name = |id: u32| escaped(vocabulary.piece(PieceId::new(id)));
    let n = run.held_out.len();
    let mut out = String::new();
    for index in (0..n).step_by(n.div_ceil(N_LINES).max(1)) {
        let drawn = run.held_out.drawn(index, dataset::EVALUATION_EPOCH)?;
        let input_ids: Vec<u32> = drawn.masked.input_ids.iter().map(|id| id.get()).collect();
        let positions: Vec<usize> = drawn
            .masked
            .positions
            .iter()
            .map(|position| *position as usize)
            .collect();
        let restored = restore(&model, &input_ids, &drawn.pair.segment_ids, &positions, TOP);
        out.push_str("<div class=\"example\">\n<p class=\"text\">");
        for (position, id) in input_ids.iter().enumerate() {
            match positions.binary_search(&position) {
                Ok(place) => {
                    let _ = write!(
                        out,
                        "<span class=\"unit {}\">{}</span>",
                        drawn.masked.kinds[place].name(),
                        name(*id)
                    );
                }
                Err(_) if vocabulary.is_special(PieceId::new(*id)) => {
                    let _ = write!(out, "<span class=\"special\"> {} </span>", name(*id));
                }
                Err(_) => out.push_str(name(*id).trim_start_matches("##")),
            }
        }
        out.push_str("</p>\n");
        let rows: Vec<Vec<String>> = restored
            .iter()
            .enumerate()
            .map(|(place, one)| {
                let label = drawn.masked.labels[place].get();
                let hit = if one.pieces[0].id == label {
                    "good"
                } else {
                    "bad"
                };
                let best: Vec<String> = one
                    .pieces
                    .iter()
                    .map(|best| format!("{} {:.1} %", name(best.id), 100.0 * best.probability))
                    .collect();
                let kind = drawn.masked.kinds[place].name();
                let shown = format!(
                    "<span class=\"{kind}\">{}</span> ({kind})",
                    name(input_ids[one.position])
                );
                vec![
                    shown,
                    format!("<span class=\"{hit}\">{}</span>", name(label)),
                    best.join(" · "),
                ]
            })
            .collect();
        out.push_str(&table(&["shown", "original", "the model says"], &rows));
        out.push_str("</div>\n");
    }
    Ok(out)
}

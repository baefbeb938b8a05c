//! The page of a fine-tuned task: the table, the seeds, and the curves.

use std::path::Path;

use anyhow::Result;
use finetune::{CurvePoint, LAST_EPOCH, RunResults, ScoreInfo, SeedResults};

use super::chart::{Series, chart};
use super::frame::{escaped, page, table, write as write_page};
use crate::config::task::PublishedSection;
use crate::reports::metrics::Point;
use crate::reports::task::{
    ScoreRow, max_mean, max_mean_words, published_here, published_value, score_rows, selection,
};

/// Writes the page of a run.
pub(crate) fn write(
    path: &Path,
    results: &RunResults,
    scores: &[ScoreInfo],
    published: &[PublishedSection],
) -> Result<()> {
    let mut body = head(results);
    let rows = score_rows(results, scores);
    let shown = max_mean_words(results.seeds.len());
    body.push_str(&["<h2>Scores, ", shown, "</h2>\n"].concat());
    body.push_str(&score_table(&rows));
    let published = published_here(results, published);
    if !published.is_empty() {
        body.push_str("<h2>Published results on this file</h2>\n");
        body.push_str(&published_table(&rows, &published));
    }
    body.push_str("<h2>Seeds</h2>\n");
    body.push_str(&seed_table(results, &rows));
    body.push_str("<h2>Curves</h2>\n<div class=\"charts\">\n");
    body.push_str(&curves(results));
    body.push_str("</div>\n<h2>Files</h2>\n");
    body.push_str(&file_table(results));
    let title = format!("{}, fine-tuned with macbert", results.name);
    write_page(path, &page(&title, &body))
}

fn head(results: &RunResults) -> String {
    let warning = if results.selected_on_this_file {
        "<p class=\"bad\">Selected on this set: the scores are those of the file that the epoch was chosen on, so they are too \
         high.</p>\n"
    } else {
        ""
    };
    format!(
        "<p class=\"quiet\">finished seeds: {}; reported: {} ({} examples); {}</p>\n{warning}",
        results.seeds.len(),
        escaped(&results.report.path.display().to_string()),
        results.report.n_examples,
        escaped(&selection(
            &results.select_by,
            results.selected_on_this_file
        ))
    )
}

fn score_table(rows: &[ScoreRow]) -> String {
    let has_dev = rows.iter().any(|row| row.dev.is_some());
    let row = |row: &ScoreRow| {
        let mut cells = vec![escaped(row.name), max_mean(&row.report)];
        if has_dev {
            cells.push(row.dev.as_ref().map(max_mean).unwrap_or_default());
        }
        cells.push(format!(
            "<span class=\"quiet\">{}</span>",
            escaped(row.about)
        ));
        cells
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    let head = if has_dev {
        &["score", "reported file", "dev file", "rule"][..]
    } else {
        &["score", "reported file", "rule"][..]
    };
    table(head, &rows)
}

fn published_table(rows: &[ScoreRow], published: &[&PublishedSection]) -> String {
    let ours = rows
        .iter()
        .filter(|row| published.iter().any(|other| other.score == row.name));
    let ours = ours.map(|row| {
        vec![
            "this run".to_owned(),
            escaped(row.name),
            format!("<b>{}</b>", max_mean(&row.report)),
            String::new(),
        ]
    });
    let theirs = published.iter().map(|row| {
        vec![
            escaped(&row.model),
            escaped(&row.score),
            published_value(row),
            format!("<span class=\"quiet\">{}</span>", escaped(&row.source)),
        ]
    });
    let rows: Vec<Vec<String>> = ours.chain(theirs).collect();
    table(&["model", "score", "max (mean)", "published in"], &rows)
}

/// A row for each seed, with the first scores of the table.
fn seed_table(results: &RunResults, rows: &[ScoreRow]) -> String {
    let names: Vec<&str> = rows.iter().take(3).map(|row| row.name).collect();
    let row = |seed: &SeedResults| {
        let mut cells = vec![seed.seed.to_string(), seed.selected_epoch.to_string()];
        cells.extend(
            names
                .iter()
                .map(|name| format!("{:.2}", seed.scores[*name])),
        );
        cells
    };
    let rows: Vec<Vec<String>> = results.seeds.iter().map(row).collect();
    let head = [&["seed", "epoch"][..], &names].concat();
    table(&head, &rows)
}

fn curves(results: &RunResults) -> String {
    let of = |value: fn(&CurvePoint) -> f64| -> Vec<Series> {
        let series = |seed: &SeedResults| {
            let points = seed.curve.iter().map(|point| Point {
                step: point.step as f64,
                value: value(point),
            });
            Series::new(&format!("seed {}", seed.seed), points.collect()).pale()
        };
        results.seeds.iter().map(series).collect()
    };
    let mut charts = chart("Training loss, nats", &of(|point| point.loss), &[]);
    if !results.dev_scores.is_empty() && results.select_by != LAST_EPOCH {
        let title = format!("{} on the dev file, by epoch", results.select_by);
        charts.push_str(&chart(&title, &dev_curves(results), &[]));
    }
    charts.push_str(&chart(
        "Gradient norm before clipping",
        &of(|point| point.gradient_norm),
        &[],
    ));
    let rate = of(|point| point.learning_rate);
    charts.push_str(&chart("Learning rate", &rate[..rate.len().min(1)], &[]));
    charts
}

fn dev_curves(results: &RunResults) -> Vec<Series> {
    let series = |seed: &SeedResults| {
        let points = seed.epochs.iter().map(|epoch| Point {
            step: epoch.epoch as f64,
            value: epoch.scores[&results.select_by],
        });
        Series::new(&format!("seed {}", seed.seed), points.collect())
    };
    results.seeds.iter().map(series).collect()
}

fn file_table(results: &RunResults) -> String {
    let dev = results.dev.as_ref().filter(|dev| **dev != results.report);
    let files = [Some(&results.train), dev, Some(&results.report)];
    let mut rows = Vec::new();
    for file in files.into_iter().flatten() {
        rows.push(vec![
            escaped(&file.path.display().to_string()),
            format!("{} examples, {} inputs", file.n_examples, file.n_inputs),
        ]);
        let remarks = file.remarks.iter();
        rows.extend(remarks.map(|remark| {
            let text = format!("{}: {}", escaped(&remark.what), remark.count);
            vec![String::new(), format!("<span class=\"part\">{text}</span>")]
        }));
    }
    table(&["file", ""], &rows)
}

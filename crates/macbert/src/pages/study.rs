//! The page of a study: curves, figures at the end, differences between arms, and costs.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::chart::{Band, Level, Series, chart};
use super::frame::{escaped, page, table, write as write_page};
use super::strip::{Row, strip};
use crate::config::study::OWN;
use crate::numbers::{duration, grouped};
use crate::reports::metrics::Point;
use crate::reports::study::comparison::{Comparison, PairedDifference, Verdict};
use crate::reports::study::costs::{ArmCost, CellCost};
use crate::reports::study::results::{ArmCurve, ArmInfo, Measure, StudyResults};
use crate::reports::study::tasks::{TaskResults, TaskScore};
use crate::reports::study::words::{
    Unit, cautions, interval, mean_and_deviation, mean_difference, tally, verdict, warnings,
};

/// Writes the report of a study as a page.
pub(crate) fn write(
    path: &Path,
    folder: &Path,
    results: &StudyResults,
    costs: &[CellCost],
) -> Result<()> {
    write_page(path, &page("MacBERT study", &body(folder, results, costs)))
}

fn body(folder: &Path, results: &StudyResults, costs: &[CellCost]) -> String {
    let mut body = format!(
        "<p class=\"quiet\">{}: {} of {} runs are finished, {} arms with {} seeds ({})</p>\n",
        escaped(&folder.display().to_string()),
        results.n_finished,
        results.n_runs,
        results.arms.len(),
        results.seeds.len(),
        listed(results.seeds.iter())
    );
    for warning in warnings(results) {
        body.push_str(&paragraph(&warning));
    }
    body.push_str("<h2>Arms</h2>\n");
    body.push_str(&arms_table(&results.arms));
    body.push_str("<h2>Held-out curves</h2>\n");
    body.push_str(&quiet(
        "Masked loss in nats. A line is the mean over the seeds, and its band reaches from the smallest to the largest value. \
         Only losses under one judge can be compared: the arms have other labels and inputs under their own objectives.",
    ));
    body.push_str("<div class=\"charts\">\n");
    for measure in &results.measures {
        body.push_str(&curves(measure));
    }
    body.push_str("</div>\n<h2>At the end</h2>\n");
    body.push_str(&quiet(
        "A dot is a run, and a line is the mean of an arm. In the tables: mean ± standard deviation of single runs (number of \
         seeds).",
    ));
    body.push_str("<div class=\"charts\">\n");
    for measure in &results.measures {
        let title = under(&measure.name, "Masked loss");
        body.push_str(&dots(&title, &measure.masked_loss));
    }
    body.push_str("</div>\n");
    body.push_str(&final_tables(results));
    body.push_str("<h2>Differences between arms</h2>\n");
    body.push_str(&quiet(
        "First arm minus second, seed by seed: mean, and 95 % bootstrap interval of the mean. If the interval contains 0, the \
         difference is inside the spread of the seeds.",
    ));
    for caution in cautions(results) {
        body.push_str(&paragraph(&caution));
    }
    for measure in &results.measures {
        let title = under(&measure.name, "Masked loss");
        body.push_str(&differences(&title, &measure.masked_loss, Unit::Nats));
    }
    for task in &results.tasks {
        body.push_str(&task_part(task, results.n_runs));
    }
    body.push_str("<h2>Cost</h2>\n");
    body.push_str(&quiet(
        "Pre-training, all runs of an arm together. The time is that of the steps, without evaluations and checkpoints.",
    ));
    body.push_str(&cost_table(&results.arms, costs));
    body
}

/// `Masked loss under mac`.
fn under(measure: &str, figure: &str) -> String {
    if measure == OWN {
        format!("{figure} under the arm's own objective")
    } else {
        format!("{figure} under {measure}")
    }
}

fn arms_table(arms: &[ArmInfo]) -> String {
    let row = |arm: &ArmInfo| {
        let changes = if arm.set.is_empty() {
            "the job as it is".to_owned()
        } else {
            escaped(&arm.set.join(", "))
        };
        let pieces = arm.n_pieces.values().map(|pieces| grouped(*pieces));
        vec![
            escaped(&arm.name),
            changes,
            grouped(arm.steps),
            grouped(arm.n_examples),
            pieces.collect::<Vec<_>>().join(", "),
        ]
    };
    let rows: Vec<Vec<String>> = arms.iter().map(row).collect();
    let head = ["arm", "changes", "steps", "examples", "tokens, by seed"];
    table(&head, &rows)
}

fn curves(measure: &Measure) -> String {
    let series: Vec<Series> = measure.curves.iter().map(curve).collect();
    let level = measure.unigram_loss.map(|value| Level {
        name: "unigram",
        value,
    });
    let levels: Vec<Level> = level.into_iter().collect();
    chart(&under(&measure.name, "Masked loss"), &series, &levels)
}

fn curve(curve: &ArmCurve) -> Series {
    let points = curve.points.iter();
    let points = points.map(|point| Point {
        step: point.step as f64,
        value: point.masked_loss.mean,
    });
    let band = curve.points.iter().map(|point| Band {
        step: point.step as f64,
        low: point.masked_loss.min,
        high: point.masked_loss.max,
    });
    Series::new(&curve.arm, points.collect()).banded(band.collect())
}

/// A dot for each run.
fn dots(title: &str, comparison: &Comparison) -> String {
    let rows = comparison.arms.iter().map(|figure| Row {
        name: &figure.arm,
        values: figure.by_seed.values().copied().collect(),
    });
    strip(title, &rows.collect::<Vec<_>>())
}

/// The figures of all arms at the end.
fn final_tables(results: &StudyResults) -> String {
    let figure = |title, figure, unit| final_table(title, results, figure, unit);
    [
        figure("masked loss, nats", |of| &of.masked_loss, Unit::Nats),
        figure("masked accuracy", |of| &of.masked_accuracy, Unit::Share),
        figure("order accuracy", |of| &of.order_accuracy, Unit::Share),
    ]
    .concat()
}

/// A figure of every arm under every measure that has it; nothing if none has it.
fn final_table(
    title: &str,
    results: &StudyResults,
    figure: fn(&Measure) -> &Comparison,
    unit: Unit,
) -> String {
    let has_it = |measure: &&Measure| !figure(measure).arms.is_empty();
    let measures: Vec<&Measure> = results.measures.iter().filter(has_it).collect();
    if measures.is_empty() {
        return String::new();
    }
    let cell = |arm: &str, measure: &Measure| {
        let found = figure(measure).arms.iter().find(|other| other.arm == arm);
        mean_and_deviation(found.and_then(|found| found.spread.as_ref()), unit)
    };
    let row = |arm: &ArmInfo| {
        let cells = measures.iter().map(|measure| cell(&arm.name, measure));
        std::iter::once(escaped(&arm.name)).chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = results.arms.iter().map(row).collect();
    let names = measures.iter().map(|measure| match measure.name.as_str() {
        OWN => "own objective".to_owned(),
        judge => format!("under {judge}"),
    });
    let head: Vec<String> = std::iter::once(title.to_owned()).chain(names).collect();
    table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows)
}

/// The paired differences of a figure; nothing if no arms can be compared.
fn differences(title: &str, comparison: &Comparison, unit: Unit) -> String {
    if comparison.pairs.is_empty() {
        return String::new();
    }
    let row = |pair: &PairedDifference| {
        let class = match pair.verdict {
            Verdict::FirstIsBetter | Verdict::SecondIsBetter => "good",
            Verdict::InsideTheSpread | Verdict::TooFewSeeds => "quiet",
        };
        vec![
            escaped(&format!("{} − {}", pair.a, pair.b)),
            mean_difference(pair, unit),
            interval(pair, unit),
            format!(
                "<span class=\"{class}\">{}</span>",
                escaped(&verdict(pair, comparison.better))
            ),
        ]
    };
    let rows: Vec<Vec<String>> = comparison.pairs.iter().map(row).collect();
    let head = [title, "mean difference", "interval", "verdict"];
    table(&head, &rows) + &quiet(&format!("Differences: {}.", tally(comparison)))
}

fn task_part(task: &TaskResults, n_runs: usize) -> String {
    let mut out = format!("<h2>{}</h2>\n", escaped(&format!("Task {}", task.name)));
    out.push_str(&quiet(&format!(
        "{} of {n_runs} runs are fine-tuned. Scores in percent on the reported file, {}. The score of a run is the mean over its \
         seeds of fine-tuning ({}); mean ± standard deviation over the seeds of pre-training (number of seeds).",
        task.n_finished, task.selection, task.n_seeds
    )));
    let head = std::iter::once("arm").chain(task.scores.iter().map(|score| score.name.as_str()));
    let n_arms = task
        .scores
        .first()
        .map_or(0, |score| score.comparison.arms.len());
    let row = |arm: usize| {
        let scores = task.scores.iter().map(|score| &score.comparison.arms[arm]);
        let name = task
            .scores
            .first()
            .map(|score| escaped(&score.comparison.arms[arm].arm));
        let cells = scores.map(|figure| mean_and_deviation(figure.spread.as_ref(), Unit::Score));
        name.into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = (0..n_arms).map(row).collect();
    out.push_str("<div class=\"charts\">\n");
    if let Some(score) = task.scores.first() {
        out.push_str(&dots(&score.name, &score.comparison));
    }
    out.push_str("</div>\n");
    out.push_str(&table(&head.collect::<Vec<_>>(), &rows));
    for TaskScore { name, comparison } in &task.scores {
        out.push_str(&differences(name, comparison, Unit::Score));
    }
    out
}

fn cost_table(arms: &[ArmInfo], costs: &[CellCost]) -> String {
    let row = |arm: &ArmInfo| {
        let cost = ArmCost::of(&arm.name, costs);
        let seconds = Duration::from_secs_f64(cost.seconds);
        vec![
            escaped(&cost.arm),
            cost.n_runs.to_string(),
            grouped(cost.steps),
            grouped(cost.n_pieces),
            duration(seconds),
            grouped(cost.pieces_per_second() as u64),
            escaped(&cost.devices.join(", ")),
        ]
    };
    let rows: Vec<Vec<String>> = arms.iter().map(row).collect();
    let head = [
        "arm", "runs", "steps", "tokens", "time", "tokens/s", "device",
    ];
    table(&head, &rows)
}

fn listed<T: ToString>(items: impl Iterator<Item = T>) -> String {
    let items = items.map(|item| item.to_string());
    items.collect::<Vec<_>>().join(", ")
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

fn quiet(text: &str) -> String {
    format!("<p class=\"quiet\">{}</p>\n", escaped(text))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::body;
    use crate::reports::study::results::tests::{costs, study};

    /// The text of HTML: a line for each row and paragraph, and a bar between cells.
    fn text(html: &str) -> String {
        let ends = ["</tr>", "</p>", "</h2>", "</figcaption>", "</figure>"];
        let mut html = html.replace("</th>", " | ").replace("</td>", " | ");
        for end in ends {
            html = html.replace(end, "\n");
        }
        while let (Some(start), Some(end)) = (html.find("<svg"), html.find("</svg>")) {
            html.replace_range(start..end + "</svg>".len(), "");
        }
        let mut out = String::new();
        for part in html.split('<') {
            out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        }
        let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_page_says_what_differs_beyond_the_spread() {
        let html = body(Path::new("runs/study"), &study(3), &costs(3));
        assert_eq!(
            html.matches("<polygon").count(),
            2 * 3,
            "a band for each curve"
        );
        insta::assert_snapshot!(text(&html));
    }

    #[test]
    fn with_two_seeds_the_page_says_that_the_spread_cannot_be_judged() {
        let html = text(&body(Path::new("runs/study"), &study(2), &costs(2)));
        assert!(
            html.contains("The study has 2 seeds, so the spread cannot be judged"),
            "{html}"
        );
        assert!(
            !html.contains("Outside the spread") && !html.contains("told apart"),
            "{html}"
        );
        let one = text(&body(Path::new("runs/study"), &study(1), &[]));
        assert!(one.contains("The study has 1 seed, so"), "{one}");
    }
}

//! The table of a fine-tuned task: "max (mean)", as the tables of MacBERT, and the published rows beside it.

use std::collections::BTreeMap;

use finetune::{LAST_EPOCH, RunResults, ScoreInfo, Spread};

use crate::config::task::PublishedSection;

/// A row of the table: a score.
pub(crate) struct ScoreRow {
    /// The name of the score in the results.
    pub name: &'static str,
    /// The rule, and who uses it.
    pub about: &'static str,
    /// The spread on the reported file.
    pub report: Spread,
    /// The spread on the dev file, if it is another one.
    pub dev: Option<Spread>,
}

/// The rows of the finished seeds, in the order of the scores of the task.
pub(crate) fn score_rows(results: &RunResults, scores: &[ScoreInfo]) -> Vec<ScoreRow> {
    let is_other = results.dev.as_ref() != Some(&results.report);
    let of = |from: &BTreeMap<String, Spread>, name: &str| from.get(name).copied();
    let row = |score: &ScoreInfo| {
        Some(ScoreRow {
            name: score.name,
            about: score.about,
            report: of(&results.scores, score.name)?,
            dev: of(&results.dev_scores, score.name).filter(|_| is_other),
        })
    };
    scores.iter().filter_map(row).collect()
}

/// `65.50 (64.40 ± 0.70)`: maximum, mean and standard deviation of single runs. One run has no deviation.
pub(crate) fn max_mean(spread: &Spread) -> String {
    let (max, mean) = (spread.max, spread.mean);
    match spread.deviation {
        Some(deviation) => format!("{max:.2} ({mean:.2} ± {deviation:.2})"),
        None => format!("{max:.2} ({mean:.2})"),
    }
}

/// What [`max_mean`] shows of a number of seeds, in words.
pub(crate) const fn max_mean_words(n_seeds: usize) -> &'static str {
    if n_seeds > 1 {
        "max (mean ± standard deviation)"
    } else {
        "max (mean)"
    }
}

/// How the epoch was selected, in words. `selected_on_this_file` says whether the reported file chose it.
pub(crate) fn selection(select_by: &str, selected_on_this_file: bool) -> String {
    if selected_on_this_file {
        format!("the best epoch by {select_by}, selected on this set")
    } else if select_by == LAST_EPOCH {
        "the last epoch".to_owned()
    } else {
        format!("the best epoch on the dev file by {select_by}")
    }
}

/// The published rows of the reported file: it has as many examples as the published one.
pub(crate) fn published_here<'p>(
    results: &RunResults,
    published: &'p [PublishedSection],
) -> Vec<&'p PublishedSection> {
    let n_examples = results.report.n_examples;
    let is_here = |row: &&PublishedSection| row.n_examples == n_examples;
    published.iter().filter(is_here).collect()
}

/// `65.5 (64.4)`, or a single value.
pub(crate) fn published_value(row: &PublishedSection) -> String {
    match row.mean {
        Some(mean) => format!("{:.1} ({mean:.1})", row.max),
        None => format!("{:.1}", row.max),
    }
}

//! The report of a held-out evaluation, with baselines that know only the frequencies of labels.

use dataset::Baseline;
use masking::Detection;
use trainer::{Evaluation, kinds};

use super::figure::Figure;
use crate::numbers::{grouped, percent};

/// The lines of the report of an evaluation, with the baselines.
pub(crate) fn evaluation_figures(evaluation: &Evaluation, baseline: &Baseline) -> Vec<Figure> {
    let nats = |value: f64| format!("{value:.4} nats");
    let mut figures = vec![
        Figure::new("masked loss", nats(evaluation.masked_loss)),
        Figure::part("unigram baseline", nats(baseline.loss)),
        Figure::part(
            "below the baseline by",
            nats(baseline.loss - evaluation.masked_loss),
        ),
        Figure::new("perplexity", format!("{:.1}", evaluation.perplexity)),
        Figure::new(
            "accuracy at masked positions",
            percent(evaluation.masked_accuracy()),
        ),
    ];
    for (name, counts) in kinds(evaluation) {
        let accuracy = percent(counts.accuracy().unwrap_or_default());
        let value = format!("{accuracy} of {}", grouped(counts.n_labels));
        figures.push(Figure::part(name, value));
    }
    figures.push(Figure::part(
        "share of the most frequent label",
        percent(baseline.commonest_share),
    ));
    if evaluation.order_accuracy.is_finite() {
        let accuracy = percent(evaluation.order_accuracy);
        figures.push(Figure::new("order accuracy", accuracy));
    }
    figures
}

/// How many replaced words a classifier detects from the word alone, without a model.
pub(crate) fn detection_figures(detection: &Detection) -> [Figure; 2] {
    let of =
        |share: f64, n: u64, what: &str| format!("{} of {} {what}", percent(share), grouped(n));
    let recall = of(detection.recall(), detection.n_replaced, "replaced words");
    let precision = of(
        detection.precision(),
        detection.n_called,
        "words classified as replaced",
    );
    [
        Figure::new("detected without context: recall", recall),
        Figure::new("detected without context: precision", precision),
    ]
}

//! What a study shows, in words.

use finetune::Spread;

use super::comparison::{Better, Comparison, PairedDifference, Verdict};
use super::results::{Missing, StudyResults};
use super::statistics::LEAST_SEEDS;

/// How a figure is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// A loss in nats.
    Nats,
    /// A share from 0 to 1, written in percent.
    Share,
    /// A score in percent.
    Score,
}

impl Unit {
    /// A value.
    fn value(self, value: f64) -> String {
        match self {
            Self::Nats => format!("{value:.4}"),
            Self::Share => format!("{:.2} %", 100.0 * value),
            Self::Score => format!("{value:.2}"),
        }
    }

    /// A difference, with its sign.
    fn difference(self, value: f64) -> String {
        let sign = if value < 0.0 { '−' } else { '+' };
        format!("{sign}{}", self.value(value.abs()))
    }
}

/// `5.1234 ± 0.0056 (3)`: mean, standard deviation and number of seeds; a dash if no run is finished.
pub(crate) fn mean_and_deviation(spread: Option<&Spread>, unit: Unit) -> String {
    let Some(spread) = spread else {
        return "–".to_owned();
    };
    let mean = unit.value(spread.mean);
    match spread.deviation {
        Some(deviation) => format!("{mean} ± {} ({})", unit.value(deviation), spread.n),
        None => format!("{mean} (1)"),
    }
}

/// The mean difference of a pair, with its sign; a dash if no seed is finished in both arms.
pub(crate) fn mean_difference(pair: &PairedDifference, unit: Unit) -> String {
    let mean = pair.spread.map(|spread| unit.difference(spread.mean));
    mean.unwrap_or_else(|| "–".to_owned())
}

/// The bootstrap interval of a pair; a dash if there are too few seeds.
pub(crate) fn interval(pair: &PairedDifference, unit: Unit) -> String {
    match pair.interval {
        Some(interval) => format!(
            "{} to {}",
            unit.difference(interval.low),
            unit.difference(interval.high)
        ),
        None => "–".to_owned(),
    }
}

/// What the seeds say of a pair, as a sentence.
pub(crate) fn verdict(pair: &PairedDifference, better: Better) -> String {
    let (a, b) = (&pair.a, &pair.b);
    let n = pair.by_seed.len();
    let which = match better {
        Better::Lower => "lower",
        Better::Higher => "higher",
    };
    match pair.verdict {
        Verdict::TooFewSeeds => format!(
            "The spread cannot be judged: {n} {} finished in both arms, and {LEAST_SEEDS} are needed.",
            if n == 1 { "seed is" } else { "seeds are" }
        ),
        Verdict::InsideTheSpread => {
            format!("Inside the spread of the seeds: {a} and {b} cannot be told apart.")
        }
        Verdict::FirstIsBetter => {
            format!("Outside the spread of the seeds: {a} is {which}.")
        }
        Verdict::SecondIsBetter => {
            format!("Outside the spread of the seeds: {b} is {which}.")
        }
    }
}

/// What has no results: a sentence for each run that failed, and one for all others.
fn missing(results: &StudyResults) -> Vec<String> {
    let (failed, open): (Vec<_>, Vec<_>) =
        results.missing.iter().partition(|one| one.cause.is_some());
    let sentence =
        |one: &Missing| Some(format!("{}, failed: {}.", one.name(), one.cause.as_ref()?));
    let mut sentences: Vec<String> = failed.into_iter().filter_map(sentence).collect();
    if !open.is_empty() {
        let names: Vec<String> = open.into_iter().map(Missing::name).collect();
        sentences.push(format!("Not finished: {}.", names.join("; ")));
    }
    sentences
}

/// What is missing, and what makes the results of a study hard to judge; one sentence each.
pub(crate) fn warnings(results: &StudyResults) -> Vec<String> {
    let mut warnings = missing(results);
    let n = results.seeds.len();
    if n < LEAST_SEEDS {
        warnings.push(format!(
            "The study has {n} {}, so the spread cannot be judged: a difference between two arms may be chance. {LEAST_SEEDS} \
             seeds are the least.",
            if n == 1 { "seed" } else { "seeds" }
        ));
    }
    if !results.has_equal_examples() {
        warnings.push(
            "The arms were trained on unequal numbers of examples, so a difference may come from that alone.".to_owned(),
        );
    }
    warnings
}

/// What the number of seeds and the number of pairs mean for the verdicts; one sentence each.
pub(crate) fn cautions(results: &StudyResults) -> Vec<String> {
    let n = results.seeds.len();
    if n < LEAST_SEEDS {
        return Vec::new();
    }
    let mut cautions = vec![format!(
        "Two arms that do not differ have differences of one sign in all {n} seeds in 1 of {} cases.",
        2_u64.saturating_pow(u32::try_from(n - 1).unwrap_or(u32::MAX))
    )];
    if n == LEAST_SEEDS {
        cautions.push(
            "With three seeds the interval is the range of the differences, so it is narrow. More seeds give firmer verdicts."
                .to_owned(),
        );
    }
    let n_pairs = results.arms.len() * (results.arms.len() - 1) / 2;
    if n_pairs > 1 {
        cautions.push(format!(
            "{n_pairs} pairs of arms are compared. The more pairs there are, the more of them lie outside the spread by chance."
        ));
    }
    cautions
}

/// The pairs of a comparison that lie outside the spread, inside it, and those that were not judged.
pub(crate) fn tally(comparison: &Comparison) -> String {
    let count = |verdicts: &[Verdict]| {
        let pairs = comparison.pairs.iter();
        pairs
            .filter(|pair| verdicts.contains(&pair.verdict))
            .count()
    };
    let n_outside = count(&[Verdict::FirstIsBetter, Verdict::SecondIsBetter]);
    let n_inside = count(&[Verdict::InsideTheSpread]);
    let n_open = count(&[Verdict::TooFewSeeds]);
    let mut parts = vec![
        format!("{n_outside} outside the spread"),
        format!("{n_inside} inside"),
    ];
    if n_open > 0 {
        parts.push(format!("{n_open} not judged"));
    }
    parts.join(", ")
}

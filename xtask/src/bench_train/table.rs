//! The table of results: the times of all rounds, and the ratios between contestants.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::shell;

/// Bootstrap samples of a ratio's interval.
const N_DRAWS: usize = 10_000;

pub(super) fn read_table(path: &Path) -> Result<Value> {
    if !path.exists() {
        return Ok(json!({}));
    }
    let text = std::fs::read_to_string(path)?;
    serde_json::from_str(&text).with_context(|| format!("{} is no table", path.display()))
}

pub(super) fn write_table(path: &Path, table: &Value) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let aside = path.with_extension("tmp");
    std::fs::write(&aside, serde_json::to_string_pretty(table)?)?;
    Ok(std::fs::rename(aside, path)?)
}

/// The key of a row that says what a step of full examples is: its pieces, and the model's floating point operations.
pub(super) const WORK: &str = "work";

/// A ratio that is shown: how many times as fast `who` is as `other`.
struct Ratio {
    who: &'static str,
    other: &'static str,
}

const RATIOS: [Ratio; 9] = [
    ratio("flex", "PyTorch"),
    ratio("flex", "flex plain"),
    ratio("flex, unequal", "Hugging Face, padded"),
    ratio("tch", "PyTorch"),
    ratio("tch, unequal", "Hugging Face, padded"),
    ratio("tch", "Hugging Face"),
    ratio("tch", "tch plain"),
    ratio("tch", "torch.compile"),
    ratio("tch", "flex"),
];

const fn ratio(who: &'static str, other: &'static str) -> Ratio {
    Ratio { who, other }
}

/// Shows every row. `peak_tflops` is the GPU's peak, for a table that was measured on one.
pub(super) fn say_table(table: &Value, peak_tflops: Option<f64>) {
    for (name, row) in table.as_object().into_iter().flatten() {
        shell::say(name);
        for who in row.as_object().into_iter().flatten().map(|(who, _)| who) {
            say_times(row, who, peak_tflops);
        }
        for ratio in &RATIOS {
            say_ratio(row, ratio);
        }
    }
}

/// The times of a contestant, in seconds; None if it is not in the row.
fn times(row: &Value, who: &str) -> Option<Vec<f64>> {
    row[who].as_array()?.iter().map(Value::as_f64).collect()
}

fn say_times(row: &Value, who: &str, peak_tflops: Option<f64>) {
    let Some(times) = times(row, who) else {
        return;
    };
    let seconds = median(times);
    let mut line = format!("  {who:20} {:8.1} ms a step", seconds * 1e3);
    // The row says what a step of full examples is.
    let has_full_examples = !who.contains(", ");
    let work = ["tokens", "flops"].map(|of| row[WORK][of].as_f64());
    if let (Some(peak), [Some(tokens), Some(flops)], true) = (peak_tflops, work, has_full_examples)
    {
        let tflops = flops / seconds / 1e12;
        let _ = write!(
            line,
            "  {:9.0} tokens/s  {tflops:4.0} TFLOP/s, {:.1} % of the peak",
            tokens / seconds,
            tflops / peak * 100.0
        );
    }
    shell::say(&line);
}

fn say_ratio(row: &Value, Ratio { who, other }: &Ratio) {
    if let (Some(own), Some(others)) = (times(row, who), times(row, other)) {
        let Interval { low, median, high } = interval(&own, &others);
        shell::say(&format!(
            "  {who} ÷ {other}: {median:.2} times as fast, 95 % from {low:.2} to {high:.2}"
        ));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A median between the bounds of its 95 % bootstrap interval.
struct Interval {
    low: f64,
    median: f64,
    high: f64,
}

/// How many times as fast the first contestant is: the median of the rounds' ratios.
fn interval(own: &[f64], others: &[f64]) -> Interval {
    let ratios = own.iter().zip(others).map(|(own, other)| other / own);
    let ratios: Vec<f64> = ratios.collect();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut draws: Vec<f64> = (0..N_DRAWS)
        .map(|_| {
            let again = ratios
                .iter()
                .map(|_| ratios[rng.random_range(0..ratios.len())]);
            median(again.collect())
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[(share * (N_DRAWS - 1) as f64) as usize];
    Interval {
        low: at(0.025),
        median: median(ratios),
        high: at(0.975),
    }
}

#[cfg(test)]
mod tests {
    use super::{Interval, interval};

    #[test]
    fn a_ratio_lies_in_its_interval() {
        let own = [1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0];
        let others = own.map(|seconds| 2.0 * seconds);
        let Interval { low, median, high } = interval(&own, &others);
        assert!((median - 2.0).abs() < 1e-9 && (high - low).abs() < 1e-9);
        let others = [2.0, 1.9, 2.4, 1.7, 2.0, 2.2, 2.1];
        let Interval { low, median, high } = interval(&own, &others);
        assert!(low < median && median < high, "{low} {median} {high}");
    }

    #[test]
    fn an_interval_follows_from_the_times_alone() {
        let own = [1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0];
        let others = [2.0, 1.9, 2.4, 1.7, 2.0, 2.2, 2.1];
        let bits = || {
            let Interval { low, median, high } = interval(&own, &others);
            [low, median, high].map(f64::to_bits)
        };
        assert_eq!(bits(), bits());
    }
}

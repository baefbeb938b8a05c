//! The table of what was measured: times of rounds, and the ratios that come of them.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::shell;

/// Times that the rounds are drawn again, for the interval of a ratio.
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

/// Where a row says what a step of full examples is: its pieces, and the model's own floating point operations.
pub(super) const WORK: &str = "work";

/// The ratios that are asked about: who, and against whom.
const RATIOS: [(&str, &str); 9] = [
    ("flex", "PyTorch"),
    ("flex", "flex plain"),
    ("flex, unequal", "Hugging Face, padded"),
    ("tch", "PyTorch"),
    ("tch, unequal", "Hugging Face, padded"),
    ("tch", "Hugging Face"),
    ("tch", "tch plain"),
    ("tch", "torch.compile"),
    ("tch", "flex"),
];

/// `peak_tflops`: the GPU's, of a table that was measured on one.
pub(super) fn say_table(table: &Value, peak_tflops: Option<f64>) {
    for (name, row) in table.as_object().into_iter().flatten() {
        shell::say(name);
        let times = |who: &str| -> Option<Vec<f64>> {
            row[who].as_array()?.iter().map(Value::as_f64).collect()
        };
        for who in row.as_object().into_iter().flatten().map(|(who, _)| who) {
            if let Some(times) = times(who) {
                let seconds = middle(times);
                let mut line = format!("  {who:20} {:8.1} ms a step", seconds * 1e3);
                let is_full = !who.contains(", ");
                let work = ["tokens", "flops"].map(|of| row[WORK][of].as_f64());
                if let (Some(peak), [Some(tokens), Some(flops)], true) =
                    (peak_tflops, work, is_full)
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
        }
        for (who, other) in RATIOS {
            if let (Some(own), Some(others)) = (times(who), times(other)) {
                let [low, ratio, high] = interval(&own, &others);
                shell::say(&format!(
                    "  {who} ÷ {other}: {ratio:.2} times as fast, 95 % from {low:.2} to {high:.2}"
                ));
            }
        }
    }
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// How many times as fast the first is: the middle of the rounds' ratios, between the bounds of its 95 % bootstrap
/// interval.
fn interval(own: &[f64], others: &[f64]) -> [f64; 3] {
    let ratios: Vec<f64> = own
        .iter()
        .zip(others)
        .map(|(own, other)| other / own)
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut draws: Vec<f64> = (0..N_DRAWS)
        .map(|_| {
            let again = ratios
                .iter()
                .map(|_| ratios[rng.random_range(0..ratios.len())]);
            middle(again.collect())
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[(share * (N_DRAWS - 1) as f64) as usize];
    [at(0.025), middle(ratios), at(0.975)]
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn a_ratio_lies_in_its_interval() {
        let own = [1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0];
        let others = own.map(|seconds| 2.0 * seconds);
        let [low, ratio, high] = interval(&own, &others);
        assert!((ratio - 2.0).abs() < 1e-9 && (high - low).abs() < 1e-9);
        let others = [2.0, 1.9, 2.4, 1.7, 2.0, 2.2, 2.1];
        let [low, ratio, high] = interval(&own, &others);
        assert!(low < ratio && ratio < high, "{low} {ratio} {high}");
        let again = interval(&own, &others).map(f64::to_bits);
        assert_eq!(
            [low, ratio, high].map(f64::to_bits),
            again,
            "drawn from a seed"
        );
    }
}

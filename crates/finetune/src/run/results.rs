//! The results of seeds and of a whole run: `results.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use repro::AtomicFile;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::FinetuneError;
use crate::scores::named::NamedScores;
use crate::tasks::report::FileReport;

/// A point of the curves: means over the steps since the point before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// The last of these steps.
    pub step: u64,
    /// Mean loss in nats.
    pub loss: f64,
    /// Mean norm of the gradients before clipping.
    pub gradient_norm: f64,
    /// The learning rate of the last step.
    pub learning_rate: f64,
}

/// The end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochScores {
    /// The epoch, from 1.
    pub epoch: u64,
    /// The steps done.
    pub step: u64,
    /// The scores on the dev file, in percent; empty without one.
    pub scores: NamedScores,
}

/// The results of one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedResults {
    /// The seed.
    pub seed: u64,
    /// The number of steps.
    pub steps: u64,
    /// Steps whose update was skipped, because a loss or gradient was not finite.
    pub skipped_steps: u64,
    /// The epoch whose model is reported, from 1.
    pub selected_epoch: u64,
    /// The scores of that model on the reported file, in percent.
    pub scores: NamedScores,
    /// The epochs.
    pub epochs: Vec<EpochScores>,
    /// The curves of training.
    pub curve: Vec<CurvePoint>,
}

/// Mean and spread of a value over seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The number of seeds.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of single runs, with n − 1; `None` for one seed.
    pub deviation: Option<f64>,
    /// The largest value.
    pub max: f64,
    /// The smallest value.
    pub min: f64,
}

/// The results of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResults {
    /// The name of the task.
    pub name: String,
    /// The kind of the task.
    pub kind: String,
    /// Whether all seeds are finished.
    pub finished: bool,
    /// How the epoch was selected.
    pub select_by: String,
    /// Whether the reported file is the one that the epoch was selected on.
    pub selected_on_this_file: bool,
    /// The training file.
    pub train: FileReport,
    /// The file that epochs are selected on; `None` if the last one is taken.
    pub dev: Option<FileReport>,
    /// The reported file.
    pub report: FileReport,
    /// The spread of every score over the finished seeds, on the reported file.
    pub scores: BTreeMap<String, Spread>,
    /// The same on the dev file, at the selected epoch; empty without one.
    pub dev_scores: BTreeMap<String, Spread>,
    /// The seed whose model is exported: the best on the dev file, or the first.
    pub exported_seed: Option<u64>,
    /// The finished seeds.
    pub seeds: Vec<SeedResults>,
    /// What the results were made with.
    pub made_with: BTreeMap<String, Value>,
}

impl SeedResults {
    /// The scores on the dev file at the selected epoch; empty without a dev file.
    pub(crate) fn dev_scores(&self) -> &NamedScores {
        let selected = self.selected_epoch as usize - 1;
        &self.epochs[selected].scores
    }
}

impl Spread {
    /// Computes the spread of values; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self {
            n: values.len(),
            mean,
            deviation: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
        })
    }

    /// Computes the spread of every score over seeds.
    pub(crate) fn of_scores<'s>(
        seeds: impl Iterator<Item = &'s NamedScores>,
    ) -> BTreeMap<String, Self> {
        let mut values: BTreeMap<&String, Vec<f64>> = BTreeMap::new();
        for (name, value) in seeds.flatten() {
            values.entry(name).or_default().push(*value);
        }
        let spreads = values.into_iter();
        spreads
            .filter_map(|(name, values)| Some((name.clone(), Self::of(&values)?)))
            .collect()
    }
}

/// A key in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDifference {
    /// The key.
    pub key: String,
    /// Its value in what was found.
    pub found: String,
    /// Its value in what was expected.
    pub expected: String,
}

impl KeyDifference {
    /// Returns the first key in which two runs differ, from what both were made with; `None` if they are the same.
    pub fn first(
        found: &BTreeMap<String, Value>,
        expected: &BTreeMap<String, Value>,
    ) -> Option<Self> {
        let mut keys = found.keys().chain(expected.keys());
        let key = keys.find(|key| found.get(*key) != expected.get(*key))?;
        let text =
            |of: &BTreeMap<String, Value>| of.get(key).cloned().unwrap_or_default().to_string();
        Some(Self {
            key: key.clone(),
            found: text(found),
            expected: text(expected),
        })
    }
}

/// Writes JSON, whole or not at all.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), FinetuneError> {
    let json = serde_json::to_vec_pretty(value).map_err(io::Error::other);
    json.and_then(|mut json| {
        json.push(b'\n');
        AtomicFile::write(path, &json)
    })
    .map_err(FinetuneError::file(path))
}

/// Reads JSON that this program wrote; `None` if there is no such file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, FinetuneError> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(FinetuneError::file(path))?,
    };
    let value = serde_json::from_slice(&text).map_err(|error| FinetuneError::Result {
        path: path.to_path_buf(),
        reason: error.to_string(),
    })?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{KeyDifference, Spread};

    #[test]
    fn a_spread_has_mean_deviation_and_range() {
        let spread = Spread::of(&[1.0, 2.0, 6.0]).expect("values");
        // Mean 3; squares 4 + 1 + 9 = 14, over n − 1 = 2: 7.
        assert_eq!((spread.n, spread.mean), (3, 3.0));
        assert_eq!(spread.deviation, Some(7_f64.sqrt()));
        assert_eq!((spread.min, spread.max), (1.0, 6.0));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn one_value_has_no_deviation() {
        let spread = Spread::of(&[90.0]).expect("a value");
        assert_eq!((spread.mean, spread.deviation), (90.0, None));
    }

    #[test]
    fn the_first_key_that_differs_is_named_with_both_values() {
        let of = |values: &[(&str, u64)]| {
            let values = values
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).into()));
            values.collect::<BTreeMap<_, _>>()
        };
        let first = |found: &[(&str, u64)], expected: &[(&str, u64)]| {
            let first = KeyDifference::first(&of(found), &of(expected))?;
            Some(format!("{} {} {}", first.key, first.found, first.expected))
        };
        let found = [("a", 1), ("b", 2), ("c", 3)];
        assert_eq!(first(&found, &found), None);
        let other = [("a", 1), ("b", 4), ("c", 5)];
        assert_eq!(first(&found, &other).as_deref(), Some("b 2 4"));
        assert_eq!(first(&found, &found[..2]).as_deref(), Some("c 3 null"));
        assert_eq!(first(&found[..2], &found).as_deref(), Some("c null 3"));
    }
}

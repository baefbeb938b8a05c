//! The settings of a run that is resumed: which of them may differ from those of its checkpoint.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::TrainerError;

/// What a setting decides, and so whether it may change when a run is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyClass {
    /// Nothing of the results, for example how often something is written. It may change.
    Free,
    /// The further course of the run. It may change if the user allows it.
    Course,
    /// Which run it is. It may not change.
    Run,
}

/// The settings that determine the results of a run, and what may change about them when it is resumed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The settings, by key. Every checkpoint holds them. The hash of the vocabulary is added to them.
    pub values: BTreeMap<String, Value>,
    /// The class of a key.
    pub class_of: fn(&str) -> KeyClass,
    /// The keys of [`KeyClass::Course`] that the user allows to change.
    pub allowed: BTreeSet<String>,
}

/// A setting that changed in the course of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingChange {
    /// The last step that was done with the old value.
    pub step: u64,
    /// The key.
    pub key: String,
    /// The old value; null if there was none.
    pub from: Value,
    /// The new value; null if there is none.
    pub to: Value,
}

impl Settings {
    /// Compares these settings with those of a checkpoint, and returns the changes that the user allows. Any other change is
    /// refused: first one that makes it another run, then those that need to be allowed.
    pub(crate) fn changes(
        &self,
        expected: &BTreeMap<String, Value>,
        path: &Path,
        found: &BTreeMap<String, Value>,
        step: u64,
    ) -> Result<Vec<SettingChange>, TrainerError> {
        let keys: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
        let value = |of: &BTreeMap<String, Value>, key| of.get(key).cloned().unwrap_or_default();
        let changes = keys.into_iter().filter_map(|key| {
            let (from, to) = (value(found, key), value(expected, key));
            let is_change = from != to && (self.class_of)(key) != KeyClass::Free;
            is_change.then(|| SettingChange {
                step,
                key: key.clone(),
                from,
                to,
            })
        });
        let changes: Vec<SettingChange> = changes.collect();
        let is_of = |class| move |change: &&SettingChange| (self.class_of)(&change.key) == class;
        if let Some(other) = changes.iter().find(is_of(KeyClass::Run)) {
            return Err(TrainerError::OtherRun {
                path: path.to_path_buf(),
                key: other.key.clone(),
                found: other.from.to_string(),
                expected: other.to.to_string(),
            });
        }
        let is_allowed = |change: &&SettingChange| self.allowed.contains(&change.key);
        let not_allowed: Vec<_> = changes
            .iter()
            .filter(|change| !is_allowed(change))
            .collect();
        if not_allowed.is_empty() {
            return Ok(changes);
        }
        let joined = |text: fn(&SettingChange) -> String, separator: &str| {
            let texts = not_allowed.iter().map(|change| text(change));
            texts.collect::<Vec<_>>().join(separator)
        };
        Err(TrainerError::OtherCourse {
            path: path.to_path_buf(),
            found: joined(|change| format!("{} = {}", change.key, change.from), ", "),
            expected: joined(|change| change.to.to_string(), ", "),
            options: joined(|change| format!("--allow-change {}", change.key), " "),
        })
    }
}

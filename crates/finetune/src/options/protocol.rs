//! The section `[protocol]`: seeds, and how an epoch is selected.

use serde::{Deserialize, Serialize};

use crate::scores::named::ScoreInfo;

/// The value of `select_by` that selects the last epoch.
pub const LAST_EPOCH: &str = "last_epoch";

/// How many runs there are, and which epoch of each is reported (`[protocol]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolOptions {
    /// How many runs there are, each with a seed of its own. The seed decides the new head, the order of examples and dropout.
    pub seeds: u64,
    /// The first seed; the others follow it.
    #[serde(default = "one")]
    pub first_seed: u64,
    /// The score by which the best epoch on the dev file is selected; `last_epoch` selects the last one without a dev file.
    pub select_by: String,
    /// Whether the reported file may be the one that the epoch was selected on. All tables then say so.
    #[serde(default)]
    pub select_on_report: bool,
}

const fn one() -> u64 {
    1
}

impl ProtocolOptions {
    /// Whether epochs are selected by a score, and not by their number.
    pub fn selects(&self) -> bool {
        self.select_by != LAST_EPOCH
    }

    /// Lists the seeds.
    pub fn all_seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let first = self.first_seed;
        (0..self.seeds).map(move |index| first.wrapping_add(index))
    }

    /// Looks for an impossible value, for a task with these scores. The message names the key.
    pub fn problem(&self, scores: &[ScoreInfo]) -> Option<String> {
        if self.seeds == 0 {
            return Some("protocol.seeds: expected at least 1, found 0".to_owned());
        }
        let can_select = |score: &&ScoreInfo| score.is_higher_better;
        let names: Vec<&str> = scores
            .iter()
            .filter(can_select)
            .map(|score| score.name)
            .collect();
        let is_known = !self.selects() || names.contains(&self.select_by.as_str());
        (!is_known).then(|| {
            format!(
                "protocol.select_by: unknown score `{}`; expected {LAST_EPOCH}, {}",
                self.select_by,
                names.join(", ")
            )
        })
    }
}

//! What the results of a study were made with. Results of another study are refused.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow};
use finetune::{KeyDifference, read_json};
use serde_json::Value;

use super::grid::{Cell, Grid};
use crate::config::fingerprint::{run_keys, shards_sha256};
use crate::config::job::Config;
use crate::config::study::Study;
use crate::failure::usage_error;

/// What decides the results of a run, by key.
pub(super) type MadeWith = BTreeMap<String, Value>;

/// The keys with the hashes of shards, which are known when the shards are prepared.
pub(super) const OF_SHARDS: [&str; 2] = ["shards.sha256", "judges.shards.sha256"];

/// What decides the results of a run of pre-training: keys of its job, its shards, and the judges with theirs. Paths decide
/// nothing, except that of a checkpoint to start from.
pub(super) fn of_cell(study: &Study, grid: &Grid, cell: &Cell) -> Result<MadeWith> {
    let job = &cell.job;
    let mut keys = run_keys(job)?;
    let mut insert = |key: &str, value: Value| keys.insert(key.to_owned(), value);
    insert("train.evaluate_every", job.train.evaluate_every.into());
    insert("judges", serde_json::to_value(&study.config.judges)?);
    // The masks of the judges follow from it.
    insert("shards.seed", job.shards_seed().into());
    for (section, job) in [("shards", job), ("judges.shards", grid.judged())] {
        insert(section, shards_of(job));
        if let Some(hash) = shards_sha256(&job.shard_folders())? {
            insert(&format!("{section}.sha256"), hash.into());
        }
    }
    Ok(keys)
}

/// The shards of a job: their name in the study, or the weights of a mixture, whose folders the hash of their files names.
fn shards_of(job: &Config) -> Value {
    if job.mixture.is_empty() {
        let name = job.shards.directory.file_name().unwrap_or_default();
        return name.to_string_lossy().into();
    }
    job.mixture.iter().map(|folder| folder.weight).collect()
}

/// Refuses results that were made with something else, and names the first key that differs. `path` holds what they were made
/// with, if they were begun. Those of the keys `unknown` that are not expected yet are not compared.
pub(super) fn check(path: &Path, expected: &MadeWith, unknown: &[&str]) -> Result<()> {
    let Some(mut found) = read_json::<MadeWith>(path)? else {
        return Ok(());
    };
    found.retain(|key, _| expected.contains_key(key) || !unknown.contains(&key.as_str()));
    let Some(KeyDifference {
        key,
        found,
        expected,
    }) = KeyDifference::first(&found, expected)
    else {
        return Ok(());
    };
    Err(usage_error(anyhow!(
        "{}: the run was made with {key} = {found}, the study has {expected}; set it back, remove the folder to train again, or name another output.directory",
        path.display(),
    )))
}

#[cfg(test)]
mod tests {
    use super::{MadeWith, of_cell};
    use crate::commands::study::grid::grid;
    use crate::config::study_tests::{ARMS, HEAD, JUDGES, read};

    /// What the run of the last arm was made with, if the study sets a key and has an arm before the others.
    fn made_with(set: &str, first_arm: &str) -> MadeWith {
        let head = HEAD.replace("train.steps=500", set);
        let study = read(&[&head, first_arm, ARMS, JUDGES].concat(), &[]).expect("a study");
        let grid = grid(&study).expect("a grid");
        let cell = grid.cells.last().expect("a cell");
        of_cell(&study, &grid, cell).expect("keys")
    }

    /// A mixture is prepared by other jobs, but the masks of the judges follow from this seed.
    #[test]
    fn runs_on_a_mixture_are_bound_to_the_seed_of_the_judges() {
        let of = |seed: u64| {
            let mixture = "mixture=[{directory='a', weight=1}]";
            made_with(&format!("{mixture}\", \"shards.seed={seed}"), "")
        };
        let (one, other) = (of(1), of(2));
        let differ = |key: &&String| one[*key] != other[*key];
        assert_eq!(
            one.keys().filter(differ).collect::<Vec<_>>(),
            ["shards.seed"]
        );
    }

    /// The files of its folders decide, not where they lie.
    #[test]
    fn runs_are_bound_to_the_weights_of_a_mixture() {
        let of = |folder: &str| made_with(&format!("mixture=[{{{folder}}}]"), "");
        let found = of("directory='a', weight=1");
        assert_eq!(of("directory='b', weight=1"), found);
        assert_ne!(of("directory='a', weight=2")["shards"], found["shards"]);
    }

    #[test]
    fn runs_are_bound_to_the_shards_of_the_first_arm() {
        let arm = |set: &str| format!("[[arms]]\nname = \"x\"\nset = [{set}]\n");
        let one = made_with("train.steps=500", &arm("\"examples.max_length=64\""));
        let same = made_with("train.steps=500", &arm("\"optimizer.peak_rate=1e-4\""));
        assert_eq!(one["shards"], same["shards"]);
        assert_eq!(same["judges.shards"], same["shards"]);
        assert_ne!(one["judges.shards"], same["judges.shards"]);
    }
}

//! What the runs of a study were made with. A run of another study is refused.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow};
use serde_json::Value;

use super::grid::Cell;
use crate::config::fingerprint::run_keys;
use crate::config::study::{Study, StudyTask};
use crate::failure::usage_error;
use crate::reports::study::run_results::read_json;

/// What decides the results of a run, by key.
pub(super) type MadeWith = BTreeMap<String, Value>;

/// What decides the results of a run of pre-training: keys of its job, its shards, and the judges. Paths decide nothing, except
/// that of a checkpoint to start from.
pub(super) fn of_cell(study: &Study, cell: &Cell) -> Result<MadeWith> {
    let job = &cell.job;
    let mut keys = run_keys(job)?;
    keys.insert(
        "train.evaluate_every".to_owned(),
        job.train.evaluate_every.into(),
    );
    let shards = if job.mixture.is_empty() {
        let name = job.shards.directory.file_name().unwrap_or_default();
        name.to_string_lossy().into()
    } else {
        serde_json::to_value(&job.mixture)?
    };
    keys.insert("shards".to_owned(), shards);
    keys.insert(
        "judges".to_owned(),
        serde_json::to_value(&study.config.judges)?,
    );
    Ok(keys)
}

/// What decides the results of a task: its config without paths of the study, and without keys that decide nothing.
pub(super) fn of_task(task: &StudyTask) -> Result<MadeWith> {
    let config = &task.config;
    let sections = [
        ("task", serde_json::to_value(&config.task)?),
        ("data", serde_json::to_value(&config.data)?),
        ("model", serde_json::to_value(&config.model)?),
        ("optimizer", serde_json::to_value(&config.optimizer)?),
        ("train", serde_json::to_value(&config.train)?),
        ("protocol", serde_json::to_value(&config.protocol)?),
    ];
    let mut keys = MadeWith::new();
    for (section, values) in sections {
        for (key, value) in values.as_object().into_iter().flatten() {
            keys.insert(format!("{section}.{key}"), value.clone());
        }
    }
    for free in ["model.checkpoint", "train.checkpoint_every"] {
        keys.remove(free);
    }
    Ok(keys)
}

/// Refuses a run that was made with something else, and names the first key that differs. `path` holds what it was made with,
/// if it was begun.
pub(super) fn check(path: &Path, expected: &MadeWith) -> Result<()> {
    let Some(found) = read_json::<MadeWith>(path)? else {
        return Ok(());
    };
    let mut keys = found.keys().chain(expected.keys());
    let Some(key) = keys.find(|key| found.get(*key) != expected.get(*key)) else {
        return Ok(());
    };
    let text = |of: &MadeWith| of.get(key).cloned().unwrap_or_default().to_string();
    Err(usage_error(anyhow!(
        "{}: the run was made with {key} = {}, the study has {}; set it back, remove the folder to train again, or name another output.directory",
        path.display(),
        text(&found),
        text(expected)
    )))
}

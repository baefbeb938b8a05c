//! The checks of a study, all before any work starts.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};

use super::study::{Arm, OWN, Study, key_of};

/// The keys that an arm cannot change, with the reason.
const NOT_OF_ARMS: [(&str, &str); 9] = [
    ("seed", "the seeds of the study set it"),
    ("output", "the study chooses the folders of its runs"),
    (
        "vocabulary",
        "all arms have one vocabulary, because losses over other pieces cannot be compared",
    ),
    (
        "segment.lower_case",
        "all arms read the same pieces, because losses over other pieces cannot be compared",
    ),
    (
        "segment.punctuation",
        "all arms read the same pieces, because losses over other pieces cannot be compared",
    ),
    (
        "shards.directory",
        "the study chooses the folders of shards",
    ),
    ("shards.seed", "all arms hold out the same documents"),
    (
        "shards.held_out_share",
        "all arms hold out the same documents",
    ),
    (
        "mixture",
        "all arms hold out the same documents; set it in the job",
    ),
];
/// Folders of a study that are no arms.
const NOT_ARMS: [&str; 1] = ["shards"];

/// Checks a study whose jobs were read and checked.
pub(super) fn check_study(study: &Study) -> Result<()> {
    let config = &study.config;
    ensure!(!config.seeds.is_empty(), "seeds: expected at least one");
    for (index, seed) in config.seeds.iter().enumerate() {
        let is_new = !config.seeds[..index].contains(seed);
        ensure!(is_new, "seeds: {seed} is there twice");
    }
    ensure!(
        !study.arms.is_empty(),
        "arms: expected at least one [[arms]]"
    );
    let arms = study.arms.iter().map(|arm| arm.name.as_str());
    check_names("arms.name", arms, &NOT_ARMS)?;
    ensure!(
        !config.judges.is_empty(),
        "judges: expected at least one [[judges]]"
    );
    let judges = config.judges.iter().map(|judge| judge.name.as_str());
    check_names("judges.name", judges, &[OWN])?;
    for arm in &study.arms {
        arm.set
            .iter()
            .try_for_each(|change| check_change(key_of(change)))
            .with_context(|| format!("arms: {}", arm.name))?;
    }
    check_held_out(study)?;
    check_judges(study)?;
    check_tasks(study)
}

/// Checks names that become names of folders.
fn check_names<'n>(key: &str, names: impl Iterator<Item = &'n str>, taken: &[&str]) -> Result<()> {
    let mut found = BTreeSet::new();
    for name in names {
        let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        ensure!(
            !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('.'),
            "{key}: expected letters, digits, `-`, `_` and `.`, found `{name}`"
        );
        ensure!(
            !taken.contains(&name),
            "{key}: `{name}` has another meaning; take another name"
        );
        // Some file systems take names that differ in case for the same.
        ensure!(
            found.insert(name.to_lowercase()),
            "{key}: `{name}` is there twice"
        );
    }
    Ok(())
}

/// Refuses a change of a key that is the same in all arms, of its section or of a key below it.
fn check_change(key: &str) -> Result<()> {
    let is_below = |key: &str, section: &str| {
        key.strip_prefix(section)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    for (fixed, reason) in NOT_OF_ARMS {
        let touches = is_below(key, fixed) || is_below(fixed, key);
        ensure!(!touches, "set: an arm cannot change {fixed}: {reason}");
    }
    Ok(())
}

/// Refuses jobs that hold out nothing: there would be nothing to measure.
fn check_held_out(study: &Study) -> Result<()> {
    let job = &study.arms[0].job;
    ensure!(
        job.shards.held_out_share > 0.0 || !job.mixture.is_empty(),
        "shards.held_out_share: 0 leaves nothing to measure"
    );
    Ok(())
}

/// Checks that the judges' examples, which are those of the first arm, can be made and read by all arms.
fn check_judges(study: &Study) -> Result<()> {
    let first = &study.arms[0];
    for judge in &study.config.judges {
        let name = &judge.name;
        let objective = judge.masking.resolve();
        let objective = objective.with_context(|| format!("judges: {name}"))?;
        ensure!(
            objective.last_rate.is_none(),
            "judges: {name}: masking.last_rate is for the steps of a run, and a judge has none; set masking.rate instead"
        );
        ensure!(
            objective.similar == 0.0 || first.job.similar_words.is_some(),
            "judges: {name}: it replaces words with similar words, so the job needs [similar_words]"
        );
    }
    let length = first.job.examples.max_length;
    for arm in &study.arms {
        let positions = positions(arm)?;
        ensure!(
            positions >= length,
            "arms: {}: the judges' examples have up to {length} pieces, as the first arm's (examples.max_length), but \
             model.positions is {positions}",
            arm.name
        );
    }
    Ok(())
}

/// Checks that the files of the tasks are there, that none reports the file on which it selects, and that all arms read inputs of their lengths.
fn check_tasks(study: &Study) -> Result<()> {
    let names = study.tasks.iter().map(|task| task.name.as_str());
    check_names("tasks.config", names, &[])?;
    for task in &study.tasks {
        let data = &task.config.data;
        let files = [Some(&data.train), data.dev.as_ref(), data.test.as_ref()];
        for file in files.into_iter().flatten() {
            let file = task.config.path(file);
            ensure!(
                file.exists(),
                "tasks: {}: {} is not there",
                task.name,
                file.display()
            );
        }
        let is_same = task.config.reports_dev_file();
        is_same.with_context(|| format!("tasks: {}", task.name))?;
        let length = task.config.model.max_length;
        for arm in &study.arms {
            let positions = positions(arm)?;
            ensure!(
                positions >= length,
                "tasks: {}: model.max_length is {length}, but model.positions of the arm {} is {positions}",
                task.name,
                arm.name
            );
        }
    }
    Ok(())
}

/// The longest input of an arm's model, in pieces. A checkpoint that does not fit the arm's job is refused.
fn positions(arm: &Arm) -> Result<usize> {
    let read = || {
        arm.job.check_start()?;
        match &arm.job.model.start_from {
            Some(checkpoint) => {
                Ok(model::read_config(&arm.job.path(checkpoint))?.max_position_embeddings)
            }
            None => arm.job.model.positions.context("model.positions: missing"),
        }
    };
    read().with_context(|| format!("arms: {}", arm.name))
}

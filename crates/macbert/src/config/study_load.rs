//! Reading a study: its config, then the job of every arm, then the checks.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};

use super::load::{load_without, read_text, with_overrides};
use super::paths::seen_from;
use super::study::{Arm, ArmSection, Study, StudyConfig, StudyTask, TaskSection, key_of};
use super::study_check::check_study;
use super::task::load_task_config;
use crate::failure::usage_error;

/// The keys of a model's sizes. A job that starts from a checkpoint does not have them.
const SIZES: [&str; 5] = [
    "model.layers",
    "model.hidden",
    "model.heads",
    "model.intermediate",
    "model.positions",
];

/// Reads a study and the job that it names, and checks everything that can be checked before work starts. Errors end the
/// program with status 2.
pub(crate) fn load_study(file: &Path, overrides: &[String]) -> Result<Study> {
    read(file, overrides).map_err(usage_error)
}

fn read(file: &Path, overrides: &[String]) -> Result<Study> {
    let name = file.display().to_string();
    let text = with_overrides(&read_text(file)?, &name, overrides)?;
    let config: StudyConfig = toml::from_str(&text).map_err(|error| anyhow!("{name}: {error}"))?;
    let base = file.parent().unwrap_or(Path::new(""));
    let read = || -> Result<Study> {
        let job = seen_from(base, &config.job);
        let arms = config.arms.iter().map(|arm| arm_of(&config, arm, &job));
        let tasks = config.tasks.iter().map(|task| task_of(task, base));
        let study = Study {
            arms: arms.collect::<Result<_>>()?,
            tasks: tasks.collect::<Result<_>>()?,
            folder: seen_from(base, &config.output.directory),
            config: config.clone(),
        };
        check_study(&study)?;
        Ok(study)
    };
    read().with_context(|| name.clone())
}

fn task_of(task: &TaskSection, base: &Path) -> Result<StudyTask> {
    let file = seen_from(base, &task.config);
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let config = load_task_config(&file, &task.set);
    Ok(StudyTask {
        config: config.with_context(|| format!("tasks: {name}"))?,
        name: name.into_owned(),
    })
}

fn arm_of(config: &StudyConfig, arm: &ArmSection, job: &Path) -> Result<Arm> {
    let all: Vec<String> = config.set.iter().chain(&arm.set).cloned().collect();
    let starts_from = all
        .iter()
        .any(|change| key_of(change) == "model.start_from");
    let left_out: &[&str] = if starts_from { &SIZES } else { &[] };
    let job = load_without(job, left_out, &all);
    Ok(Arm {
        name: arm.name.clone(),
        set: arm.set.clone(),
        job: job.with_context(|| format!("arms: {}", arm.name))?,
    })
}

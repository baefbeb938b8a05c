//! The config of a study: one TOML file that names a job, arms that change it, seeds, judges and tasks.

use std::path::PathBuf;

use masking::MaskingOptions;
use serde::{Deserialize, Serialize};
use sop::PairObjective;

use super::job::Config;
use super::task::TaskConfig;

/// The name of an arm's own objective in the results, which no judge can have.
pub(crate) const OWN: &str = "own";

/// The config of a study, as written in its TOML file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StudyConfig {
    /// The config of the job that all arms change.
    pub job: PathBuf,
    /// Changes of the job for all arms, as `--set` takes them. If they name a checkpoint in `model.start_from`, the sizes of the
    /// job's model are left out.
    #[serde(default)]
    pub set: Vec<String>,
    /// Every arm is trained once with each of these seeds. The seed decides the initial weights, the order of examples, masks
    /// and dropout. It does not decide which documents are held out, so that all runs are measured on the same ones.
    pub seeds: Vec<u64>,
    /// Where the study writes.
    pub output: StudyOutputSection,
    /// What is compared.
    pub arms: Vec<ArmSection>,
    /// The objectives under which every arm is measured besides its own. The losses of different objectives cannot be
    /// compared, those under a judge can.
    pub judges: Vec<JudgeSection>,
    /// The tasks on which every run is fine-tuned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskSection>,
}

/// `[output]` of a study.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StudyOutputSection {
    /// The folder of shards, runs, results and page.
    pub directory: PathBuf,
    /// Whether finished runs keep their checkpoints. They always keep the Hugging Face folder.
    #[serde(default)]
    pub keep_checkpoints: bool,
}

/// `[[arms]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmSection {
    /// The name in tables. It is also the name of the arm's folder.
    pub name: String,
    /// Changes of the job, as `--set` takes them. If they name a checkpoint in `model.start_from`, the sizes of the job's
    /// model are left out.
    #[serde(default)]
    pub set: Vec<String>,
}

/// `[[judges]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgeSection {
    /// The name in tables.
    pub name: String,
    /// What is masked, and how.
    pub masking: MaskingOptions,
    /// How the two texts of an example are drawn.
    pub pairs: PairObjective,
}

/// `[[tasks]]` of a study.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskSection {
    /// The config of the task, as `macbert finetune` takes it. The study sets its checkpoint and its folder. The name of this
    /// file, without its ending, is the name of the task in the study.
    pub config: PathBuf,
    /// Changes of the config, as `--set` takes them.
    #[serde(default)]
    pub set: Vec<String>,
}

/// A study whose config was checked, with the jobs of its arms.
#[derive(Clone, Debug)]
pub(crate) struct Study {
    /// The config.
    pub config: StudyConfig,
    /// The arms, in the order of the config.
    pub arms: Vec<Arm>,
    /// The tasks, in the order of the config.
    pub tasks: Vec<StudyTask>,
    /// The folder that the study writes to, relative to where the program runs.
    pub folder: PathBuf,
}

/// An arm with its job.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    /// The name.
    pub name: String,
    /// The changes of the job that only this arm has.
    pub set: Vec<String>,
    /// The job with all changes.
    pub job: Config,
}

/// A task with its config.
#[derive(Clone, Debug)]
pub(crate) struct StudyTask {
    /// The name.
    pub name: String,
    /// The config with all changes.
    pub config: TaskConfig,
}

/// The key of a change `KEY.PATH=VALUE`.
pub(crate) fn key_of(change: &str) -> &str {
    change.split_once('=').map_or(change, |(key, _)| key).trim()
}

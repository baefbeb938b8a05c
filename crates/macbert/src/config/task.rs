//! The config of a task of fine-tuning: one TOML file for a task and a checkpoint.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use finetune::{LAST_EPOCH, ProtocolOptions, TaskOptimizerOptions, TaskOptions, TrainingOptions};
use repro::sha256_file;
use serde::{Deserialize, Serialize};

use super::job::OutputSection;
use super::load::{read_text, with_overrides};
use super::paths::seen_from;
use crate::failure::usage_error;

/// The shortest `model.max_length`.
const LEAST_LENGTH: usize = 8;

/// The config of one task, as written in its TOML file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskConfig {
    /// The name of the task in tables.
    pub name: String,
    /// The encoder.
    pub model: TaskModelSection,
    /// What the task is, and how its files are read.
    pub task: TaskOptions,
    /// The files.
    pub data: DataSection,
    /// The optimizer and its learning rate.
    pub optimizer: TaskOptimizerOptions,
    /// Epochs and batch.
    pub train: TrainingOptions,
    /// Seeds, and how an epoch is selected.
    pub protocol: ProtocolOptions,
    /// Where the run writes.
    pub output: OutputSection,
    /// Published results, for tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<PublishedSection>,
    /// The folder that paths in the config are relative to.
    #[serde(skip)]
    pub base: PathBuf,
}

/// `[model]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskModelSection {
    /// A checkpoint of `pretrain`, a Hugging Face folder, or a TensorFlow checkpoint.
    pub checkpoint: PathBuf,
    /// Whether only sizes and vocabulary of the checkpoint are taken, and all weights are drawn from the seed: a control that
    /// shows what pre-training is worth.
    #[serde(default)]
    pub random_weights: bool,
    /// Dropout of hidden states, of attention probabilities and before the head, while training.
    pub dropout: f64,
    /// The longest input, in pieces.
    pub max_length: usize,
}

/// `[data]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataSection {
    /// The file that is learned.
    pub train: PathBuf,
    /// The file that the best epoch is selected on. `protocol.select_by = "last_epoch"` needs none.
    pub dev: Option<PathBuf>,
    /// The reported file, which is scored once for each seed. Without it the dev file is reported, if
    /// `protocol.select_on_report` allows that.
    pub test: Option<PathBuf>,
}

/// `[[published]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishedSection {
    /// The model.
    pub model: String,
    /// The score, by its name in the results.
    pub score: String,
    /// The maximum over the runs, in percent, or the value of a single run.
    pub max: f64,
    /// The mean over the runs, in percent.
    pub mean: Option<f64>,
    /// The number of examples of the published file. The row is shown only if the reported file has as many.
    pub n_examples: usize,
    /// Where the result is published.
    pub source: String,
}

/// Whether a file is a config of a task. The config of a job has no section `[task]`.
pub(crate) fn is_task_config(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let document: Option<toml::Table> = text.parse().ok();
    document.is_some_and(|document| document.contains_key("task"))
}

/// Reads and checks the config of a task. Errors end the program with status 2.
pub(crate) fn load_task_config(file: &Path, overrides: &[String]) -> Result<TaskConfig> {
    read(file, overrides).map_err(usage_error)
}

fn read(file: &Path, overrides: &[String]) -> Result<TaskConfig> {
    let name = file.display().to_string();
    let text = with_overrides(&read_text(file)?, &name, overrides)?;
    let mut config: TaskConfig =
        toml::from_str(&text).map_err(|error| anyhow!("{name}: {error}"))?;
    config.base = file.parent().unwrap_or(Path::new("")).to_path_buf();
    config.check().context(name)?;
    Ok(config)
}

impl TaskConfig {
    /// A path of the config, relative to where the program runs.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        seen_from(&self.base, path)
    }

    /// The reported file: the test file, or the dev file if there is none.
    pub(crate) fn reported_file(&self) -> Option<PathBuf> {
        let path = self.data.test.as_ref().or(self.data.dev.as_ref());
        path.map(|path| self.path(path))
    }

    /// Whether the test file has the content of the dev file. It is refused if the epoch would be selected on the reported
    /// file, unless the config says so.
    pub(crate) fn reports_dev_file(&self) -> Result<bool> {
        let (Some(dev), Some(test)) = (&self.data.dev, &self.data.test) else {
            return Ok(false);
        };
        let is_same = self.sha256(dev)? == self.sha256(test)?;
        if is_same && self.protocol.selects() && !self.protocol.select_on_report {
            return Err(usage_error(anyhow!(
                "data.test has the same content as data.dev, so the epoch would be selected on the reported file; name another file, or set protocol.select_on_report = true"
            )));
        }
        Ok(is_same)
    }

    /// The SHA-256 of a file of the config.
    pub(crate) fn sha256(&self, path: &Path) -> Result<String> {
        let path = self.path(path);
        sha256_file(&path).with_context(|| format!("could not read {}", path.display()))
    }

    /// Checks everything that can be checked without reading another file.
    fn check(&self) -> Result<()> {
        let dropout = self.model.dropout;
        ensure!(
            (0.0..1.0).contains(&dropout),
            "model.dropout: expected a share from 0 to below 1, found {dropout}"
        );
        let length = self.model.max_length;
        ensure!(
            length >= LEAST_LENGTH,
            "model.max_length: expected at least {LEAST_LENGTH}, found {length}"
        );
        let scores = self.task.scores();
        let problem = self
            .task
            .problem()
            .or_else(|| self.train.problem())
            .or_else(|| self.optimizer.problem())
            .or_else(|| self.protocol.problem(&scores));
        if let Some(problem) = problem {
            bail!("{problem}");
        }
        for row in &self.published {
            ensure!(
                scores.iter().any(|score| score.name == row.score),
                "published.score: the task has no score `{}`",
                row.score
            );
        }
        self.check_files()
    }

    /// Checks that the reported file is not the one that epochs are selected on, unless the config says so.
    fn check_files(&self) -> Result<()> {
        let DataSection { train, dev, test } = &self.data;
        let (selects, may_be_same) = (self.protocol.selects(), self.protocol.select_on_report);
        if selects && dev.is_none() {
            bail!(
                "data.dev: missing; name the file to select epochs on, or set protocol.select_by = \"{LAST_EPOCH}\""
            );
        }
        ensure!(
            test.is_some() || dev.is_some(),
            "data.test: missing; name the file to report"
        );
        ensure!(
            test.as_ref() != Some(train) && dev.as_ref() != Some(train),
            "data.train: the training file is also the dev or the test file"
        );
        if test.is_none() || test == dev {
            ensure!(
                may_be_same || !selects,
                "data.test: the reported file would be the one that the epoch is selected on, which makes scores too high; name \
                 another file, or set protocol.select_on_report = true, and all tables say so"
            );
        }
        Ok(())
    }
}

//! Turns the config of a task into a run of fine-tuning.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use finetune::{FileReport, Run, StartFrom, Task, TaskSet};
use segment::CheckpointTokenizer;
use serde_json::Value;

use crate::config::fingerprint::keys_of;
use crate::config::task::TaskConfig;
use crate::failure::usage_error;
use crate::numbers::grouped;
use crate::progress::note;

/// The model card of a Hugging Face folder.
const CARD: &str = "README.md";
/// The resolved config in a Hugging Face folder.
const RESOLVED: &str = "macbert.toml";
/// The keys of what results were made with that say which checkpoint it was.
pub(super) const OF_CHECKPOINT: [&str; 2] = ["vocabulary.sha256", "model.checkpoint.sha256"];

/// Opens everything that a run needs, and checks that files, config and checkpoint fit together.
pub(super) fn assemble_task(config: &TaskConfig, device: &str) -> Result<Run> {
    let device = device::by_name(device)?;
    let checkpoint = config.path(&config.model.checkpoint);
    let tokenizer = read_tokenizer(config, &checkpoint)?;
    let TaskFiles {
        task,
        train,
        dev,
        report,
    } = open_files(config, &tokenizer)?;
    let sets: [Option<&TaskSet>; 3] = [Some(&train), dev.as_ref(), report.as_ref()];
    for set in sets.into_iter().flatten() {
        note_file(&set.report);
    }
    let positions = model::read_config(&checkpoint)?.max_position_embeddings;
    let files = files(config, &task, &tokenizer, positions)?;
    Ok(Run {
        name: config.name.clone(),
        device,
        made_with: made_with(config, &checkpoint, &tokenizer)?,
        start: StartFrom {
            checkpoint,
            random_weights: config.model.random_weights,
            dropout: config.model.dropout,
        },
        task,
        train,
        dev,
        report,
        optimizer: config.optimizer.clone(),
        training: config.train.clone(),
        protocol: config.protocol.clone(),
        folder: config.path(&config.output.directory),
        files,
    })
}

/// A task, and its files.
pub(super) struct TaskFiles {
    task: Task,
    train: TaskSet,
    dev: Option<TaskSet>,
    /// The reported file, if it is not the dev file.
    report: Option<TaskSet>,
}

/// Opens the files of a task.
pub(super) fn open_files(
    config: &TaskConfig,
    tokenizer: &CheckpointTokenizer,
) -> Result<TaskFiles> {
    let reports_dev_file = config.reports_dev_file()?;
    let (data, max_length) = (&config.data, config.model.max_length);
    let train = config.path(&data.train);
    let (task, train) = Task::open(&config.task, tokenizer, max_length, &train)?;
    let read = |path: Option<&PathBuf>| {
        let set = path.map(|path| task.read(&config.path(path)));
        set.transpose()
    };
    let dev = read(data.dev.as_ref())?;
    let report = read(data.test.as_ref().filter(|_| !reports_dev_file))?;
    Ok(TaskFiles {
        task,
        train,
        dev,
        report,
    })
}

/// Reads the tokenizer of a checkpoint, and checks that the model takes inputs of the config's length.
pub(super) fn read_tokenizer(
    config: &TaskConfig,
    checkpoint: &Path,
) -> Result<CheckpointTokenizer> {
    let check = || -> Result<CheckpointTokenizer> {
        let tokenizer = CheckpointTokenizer::read(checkpoint)?;
        let (length, positions) = (
            config.model.max_length,
            model::read_config(checkpoint)?.max_position_embeddings,
        );
        if length > positions {
            bail!("model.max_length: {length} is above the checkpoint's positions ({positions})");
        }
        Ok(tokenizer)
    };
    check()
        .with_context(|| format!("model.checkpoint: {}", checkpoint.display()))
        .map_err(usage_error)
}

/// Says how many examples a file has, and what is special about it.
pub(super) fn note_file(report: &FileReport) {
    let grouped = |count: usize| grouped(count as u64);
    let mut line = format!(
        "{}: {} examples",
        report.path.display(),
        grouped(report.n_examples)
    );
    if report.n_inputs != report.n_examples {
        let _ = write!(line, " in {} windows", grouped(report.n_inputs));
    }
    note(&line);
    for remark in &report.remarks {
        note(&format!("  {}: {}", remark.what, grouped(remark.count)));
    }
}

/// The files of a finished model beside weights and `config.json`.
fn files(
    config: &TaskConfig,
    task: &Task,
    tokenizer: &CheckpointTokenizer,
    positions: usize,
) -> Result<BTreeMap<String, String>> {
    let files = tokenizer.files(positions).into_iter();
    let mut files: BTreeMap<String, String> = files
        .map(|file| (file.name.to_owned(), file.text))
        .collect();
    files.insert(CARD.to_owned(), card(config, task));
    files.insert(RESOLVED.to_owned(), toml::to_string(config)?);
    Ok(files)
}

/// The model card: what the model was fine-tuned on, and how it is loaded.
fn card(config: &TaskConfig, task: &Task) -> String {
    let class = task.head().class();
    format!(
        "---\nlibrary_name: transformers\nlanguage: zh\n---\n\n\
         A Chinese BERT encoder, fine-tuned with macbert on {} ({}). `{RESOLVED}` has the config.\n\n\
         ```python\nfrom transformers import AutoTokenizer, {class}\n\n\
         tokenizer = AutoTokenizer.from_pretrained(\"DIR\")\nmodel = {class}.from_pretrained(\"DIR\")\n```\n",
        config.name,
        config.task.kind()
    )
}

/// What decides the results: the keys of the config that do, and hashes of the files and of the checkpoint. Paths may change.
fn made_with(
    config: &TaskConfig,
    checkpoint: &Path,
    tokenizer: &CheckpointTokenizer,
) -> Result<BTreeMap<String, Value>> {
    let mut made_with = made_with_of_task(config)?;
    let pieces = tokenizer.vocabulary.sha256();
    let weights = model::checkpoint_sha256(checkpoint, !config.model.random_weights)?;
    let of_checkpoint = [pieces.into(), serde_json::to_value(weights)?];
    let keys = OF_CHECKPOINT.map(str::to_owned);
    made_with.extend(keys.into_iter().zip(of_checkpoint));
    Ok(made_with)
}

/// What decides the results besides the checkpoint: the keys of the config that do, and hashes of the files.
pub(super) fn made_with_of_task(config: &TaskConfig) -> Result<BTreeMap<String, Value>> {
    let kind = config.task.kind();
    let task = serde_json::to_value(&config.task)?;
    let mut made_with = keys_of([
        (format!("task.{kind}").as_str(), task[kind].clone()),
        ("optimizer", serde_json::to_value(&config.optimizer)?),
        ("train", serde_json::to_value(&config.train)?),
        ("model", serde_json::to_value(&config.model)?),
        ("protocol", serde_json::to_value(&config.protocol)?),
    ]);
    for free in [
        "train.checkpoint_every",
        "train.max_skipped_steps",
        "model.checkpoint",
        "protocol.seeds",
        "protocol.first_seed",
    ] {
        made_with.remove(free);
    }
    let data = &config.data;
    for (key, path) in [
        ("data.train", Some(&data.train)),
        ("data.dev", data.dev.as_ref()),
        ("data.test", data.test.as_ref()),
    ] {
        let hash = path.map(|path| config.sha256(path)).transpose()?;
        made_with.insert(format!("{key}.sha256"), hash.into());
    }
    Ok(made_with)
}

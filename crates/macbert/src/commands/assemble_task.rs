//! Turns the config of a task into a run of fine-tuning.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use finetune::{FileReport, Run, StartFrom, Task, TaskSet};
use repro::sha256_file;
use segment::CheckpointTokenizer;
use serde_json::Value;

use crate::config::task::TaskConfig;
use crate::failure::usage_error;
use crate::numbers::grouped;
use crate::progress::note;

/// The model card of a Hugging Face folder.
const CARD: &str = "README.md";
/// The resolved config in a Hugging Face folder.
const RESOLVED: &str = "macbert.toml";

/// Opens everything that a run needs, and checks that files, config and checkpoint fit together.
pub(super) fn assemble_task(config: &TaskConfig, device: &str) -> Result<Run> {
    let device = device::by_name(device)?;
    let checkpoint = config.path(&config.model.checkpoint);
    let tokenizer = read_tokenizer(config, &checkpoint)?;
    let max_length = config.model.max_length;
    let train = config.path(&config.data.train);
    let (task, train) = Task::open(&config.task, &tokenizer, max_length, &train)?;
    let dev = config.data.dev.as_ref().map(|path| config.path(path));
    let test = config.data.test.as_ref().map(|path| config.path(path));
    let is_same = is_same_file(dev.as_deref(), test.as_deref())?;
    if is_same && config.protocol.selects() && !config.protocol.select_on_report {
        return Err(usage_error(anyhow::anyhow!(
            "data.test has the same content as data.dev, so the epoch would be selected on the reported file; name another file, or set protocol.select_on_report = true"
        )));
    }
    let read = |path: Option<&PathBuf>| path.map(|path| task.read(path)).transpose();
    let dev = read(dev.as_ref())?;
    let report = read(test.as_ref().filter(|_| !is_same))?;
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

/// Whether the dev file is also the reported one.
fn is_same_file(dev: Option<&Path>, test: Option<&Path>) -> Result<bool> {
    let (Some(dev), Some(test)) = (dev, test) else {
        return Ok(false);
    };
    Ok(hash(dev)? == hash(test)?)
}

fn hash(path: &Path) -> Result<String> {
    sha256_file(path).with_context(|| format!("could not read {}", path.display()))
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

/// What decides the results: the keys of the config that do, and hashes of the files. Paths may change.
fn made_with(
    config: &TaskConfig,
    checkpoint: &Path,
    tokenizer: &CheckpointTokenizer,
) -> Result<BTreeMap<String, Value>> {
    let mut made_with = BTreeMap::new();
    let kind = config.task.kind();
    let task = serde_json::to_value(&config.task)?;
    let sections = [
        (format!("task.{kind}"), task[kind].clone()),
        (
            "optimizer".to_owned(),
            serde_json::to_value(&config.optimizer)?,
        ),
        ("train".to_owned(), serde_json::to_value(&config.train)?),
        ("model".to_owned(), serde_json::to_value(&config.model)?),
        (
            "protocol".to_owned(),
            serde_json::to_value(&config.protocol)?,
        ),
    ];
    for (section, values) in sections {
        for (key, value) in values.as_object().into_iter().flatten() {
            made_with.insert(format!("{section}.{key}"), value.clone());
        }
    }
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
        let hash = path.map(|path| hash(&config.path(path))).transpose()?;
        made_with.insert(format!("{key}.sha256"), hash.into());
    }
    let pieces = tokenizer.vocabulary.sha256().into();
    made_with.insert("vocabulary.sha256".to_owned(), pieces);
    let hashes = model::checkpoint_sha256(checkpoint, !config.model.random_weights)?;
    let hashes = serde_json::to_value(hashes)?;
    made_with.insert("model.checkpoint.sha256".to_owned(), hashes);
    Ok(made_with)
}

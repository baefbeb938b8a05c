//! Checkpoints of fine-tuned models: read from a pre-trained or a fine-tuned one, and written as transformers writes the class
//! of the task.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use serde_json::{Map, Value, json};

use super::read::{LoadOptions, read_into};
use super::report::LoadReport;
use super::write::{Snapshot, save_text};
use crate::config::BertConfig;
use crate::downstream::{BertForTask, TaskHead};
use crate::error::ModelError;

/// A model for a task that was read from a checkpoint.
#[derive(Debug)]
pub struct LoadedTask {
    /// The model.
    pub model: BertForTask,
    /// What the files held. The heads of pre-training are among the unexpected tensors.
    pub report: LoadReport,
}

/// Reads a checkpoint into a model for a task. A head that the files lack is drawn from the seed.
pub fn load_task(
    folder_or_file: &Path,
    head: TaskHead,
    device: &Device,
    options: LoadOptions,
) -> Result<LoadedTask, ModelError> {
    let zeros = |config: &BertConfig| BertForTask::zeros(config, head, device);
    let (model, _, report) = read_into(folder_or_file, device, options, zeros)?;
    Ok(LoadedTask { model, report })
}

/// The class and the labels of a fine-tuned model, from its `config.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskOfCheckpoint {
    /// The class, such as `BertForTokenClassification`; empty if the config has none.
    pub class: String,
    /// The labels by their ids; empty if the config has none.
    pub labels: Vec<String>,
}

/// Reads the class and the labels of a checkpoint's folder.
pub fn read_task(folder: &Path) -> Result<TaskOfCheckpoint, ModelError> {
    let path = folder.join("config.json");
    let text = fs::read_to_string(&path).map_err(ModelError::io(&path))?;
    let config: Value = serde_json::from_str(&text).map_err(|error| ModelError::ConfigFile {
        path: path.clone(),
        what: error.to_string(),
    })?;
    let labels = &config["id2label"];
    let ids = (0..).map_while(|id: usize| labels[id.to_string()].as_str().map(str::to_owned));
    Ok(TaskOfCheckpoint {
        class: config["architectures"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        labels: ids.collect(),
    })
}

/// Writes `config.json` and `model.safetensors` of a fine-tuned model into a folder, which is made if it does not exist.
/// `labels` are the names of the labels by id; a head without labels has none.
///
/// What transformers' class lacks is left out: a pooler that the head does not read, and a detection head.
pub fn save_task(model: &BertForTask, labels: &[String], folder: &Path) -> Result<(), ModelError> {
    let head = model.head();
    save_parameters(model, labels, folder, |name| {
        let is_extra = name.starts_with("detection.");
        !is_extra && (head.has_pooler() || !name.starts_with("bert.pooler."))
    })
}

/// Writes a model with all its parameters, so that its training can go on.
pub fn save_task_whole(model: &BertForTask, folder: &Path) -> Result<(), ModelError> {
    save_parameters(model, &[], folder, |_| true)
}

fn save_parameters(
    model: &BertForTask,
    labels: &[String],
    folder: &Path,
    is_written: impl Fn(&str) -> bool,
) -> Result<(), ModelError> {
    fs::create_dir_all(folder).map_err(ModelError::io(folder))?;
    save_text(&folder.join("config.json"), &config_text(model, labels))?;
    let snapshot = Snapshot::of_parameters(model, model.config(), is_written)?;
    snapshot.save_weights(&folder.join("model.safetensors"))
}

/// The text of `config.json`, with the class of the task and its labels.
fn config_text(model: &BertForTask, labels: &[String]) -> String {
    let text = model.config().to_json();
    let mut keys: Map<String, Value> = serde_json::from_str(&text).expect("it was written as JSON");
    keys.insert("architectures".to_owned(), json!([model.head().class()]));
    keys.remove("untrained_parameters");
    if !labels.is_empty() {
        let numbered = || labels.iter().enumerate();
        let names = numbered().map(|(id, name)| (id.to_string(), json!(name)));
        let ids = numbered().map(|(id, name)| (name.clone(), json!(id)));
        keys.insert("id2label".to_owned(), Value::Object(names.collect()));
        keys.insert("label2id".to_owned(), Value::Object(ids.collect()));
    }
    let mut text = serde_json::to_string_pretty(&keys).expect("a JSON value is text");
    text.push('\n');
    text
}

//! Finds the files of a checkpoint that hold config and weights.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::BertConfig;
use crate::error::ModelError;

/// The files that may hold weights. The first one that exists is read.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// Reads and checks the `config.json` of a checkpoint: the one in the folder, or beside the file.
pub fn read_config(folder_or_file: &Path) -> Result<BertConfig, ModelError> {
    let folder = if folder_or_file.is_dir() {
        folder_or_file
    } else {
        folder_or_file.parent().unwrap_or(Path::new(""))
    };
    let path = folder.join("config.json");
    let text = fs::read_to_string(&path).map_err(ModelError::io(&path))?;
    let config =
        BertConfig::from_json(&text).map_err(|source| ModelError::ConfigFile { path, source })?;
    config.check()?;
    Ok(config)
}

/// Lists the files of weights: one, or the parts of an index in the order of their names.
pub(super) fn weight_files(folder_or_file: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let file = if folder_or_file.is_dir() {
        in_folder(folder_or_file)?
    } else {
        folder_or_file.to_path_buf()
    };
    if file.to_string_lossy().ends_with(".index.json") {
        parts(&file)
    } else {
        Ok(vec![file])
    }
}

fn in_folder(folder: &Path) -> Result<PathBuf, ModelError> {
    let found = WEIGHTS
        .iter()
        .map(|name| folder.join(name))
        .find(|file| file.is_file());
    found.ok_or_else(|| ModelError::NoWeights {
        folder: folder.into(),
    })
}

/// The content of an index.
#[derive(Deserialize)]
struct Index {
    /// The file of each tensor.
    weight_map: BTreeMap<String, String>,
}

fn parts(index: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let text = fs::read_to_string(index).map_err(ModelError::io(index))?;
    let parsed: Index =
        serde_json::from_str(&text).map_err(|error| ModelError::damaged(index, error))?;
    let names: BTreeSet<&String> = parsed.weight_map.values().collect();
    if let Some(name) = names
        .iter()
        .find(|name| Path::new(name).components().count() != 1)
    {
        return Err(ModelError::damaged(
            index,
            format!("`{name}` is not a file beside it"),
        ));
    }
    Ok(names
        .into_iter()
        .map(|name| index.with_file_name(name))
        .collect())
}

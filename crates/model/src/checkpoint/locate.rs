//! Finds the files of a checkpoint that hold config and weights.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::foreign::{check_not_foreign, check_not_pointer, foreign_file};
use crate::config::BertConfig;
use crate::error::ModelError;

/// The files that may hold weights. The first one that exists is read; without one, a checkpoint of TensorFlow 1.x.
const WEIGHTS: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];
/// The files that may hold the config. The second is its name in Google's releases, with the same keys.
const CONFIGS: [&str; 2] = ["config.json", "bert_config.json"];

/// Reads and checks the config of a checkpoint: the one in the folder, or beside the file.
///
/// A key whose value is `null` is taken as left out.
pub fn read_config(folder_or_file: &Path) -> Result<BertConfig, ModelError> {
    let folder = if folder_or_file.is_dir() {
        folder_or_file
    } else {
        folder_or_file.parent().unwrap_or(Path::new(""))
    };
    let paths = CONFIGS.map(|name| folder.join(name));
    let Some(path) = paths.iter().find(|path| path.is_file()) else {
        if let Some(foreign) = foreign_file(folder) {
            return Err(foreign);
        }
        return Err(ModelError::NoConfig {
            folder: folder.to_path_buf(),
        });
    };
    check_not_pointer(path)?;
    let text = fs::read_to_string(path).map_err(ModelError::io(path))?;
    let config = BertConfig::from_json(&text).map_err(|what| ModelError::ConfigFile {
        path: path.clone(),
        what,
    })?;
    config.check()?;
    Ok(config)
}

/// The files of weights, and the index that lists them, if there is one.
pub(super) struct WeightFiles {
    /// One file, or the parts of the index in the order of their names.
    pub(super) files: Vec<PathBuf>,
    pub(super) index: Option<Index>,
}

/// An index: the file of each tensor.
pub(super) struct Index {
    path: PathBuf,
    weight_map: BTreeMap<String, String>,
}

impl Index {
    /// Refuses a file that lacks a tensor that the index says is in it. `names` are the tensors of the file.
    pub(super) fn check(&self, file: &Path, names: &BTreeSet<&str>) -> Result<(), ModelError> {
        let file_name = file.file_name().and_then(|name| name.to_str());
        let promised = self.weight_map.iter();
        let mut promised = promised.filter(|(_, file)| Some(file.as_str()) == file_name);
        match promised.find(|(name, _)| !names.contains(name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(ModelError::IndexedTensor {
                path: file.to_path_buf(),
                index: self.path.clone(),
                name: name.clone(),
            }),
        }
    }
}

/// Lists the files of weights.
pub(super) fn weight_files(folder_or_file: &Path) -> Result<WeightFiles, ModelError> {
    let file = if folder_or_file.is_dir() {
        in_folder(folder_or_file)?
    } else if let Some(file) = ::tensorflow::checkpoint_file(folder_or_file)? {
        file
    } else {
        check_not_foreign(folder_or_file)?;
        folder_or_file.to_path_buf()
    };
    if file.to_string_lossy().ends_with(".index.json") {
        return parts(file);
    }
    Ok(WeightFiles {
        files: vec![file],
        index: None,
    })
}

fn in_folder(folder: &Path) -> Result<PathBuf, ModelError> {
    let found = WEIGHTS
        .iter()
        .map(|name| folder.join(name))
        .find(|file| file.is_file());
    if let Some(file) = found {
        return Ok(file);
    }
    ::tensorflow::checkpoint_file(folder)?.ok_or_else(|| {
        foreign_file(folder).unwrap_or_else(|| ModelError::NoWeights {
            folder: folder.into(),
        })
    })
}

/// The content of an index.
#[derive(Deserialize)]
struct IndexFile {
    weight_map: BTreeMap<String, String>,
}

fn parts(index: PathBuf) -> Result<WeightFiles, ModelError> {
    check_not_pointer(&index)?;
    let text = fs::read_to_string(&index).map_err(ModelError::io(&index))?;
    let parsed: IndexFile =
        serde_json::from_str(&text).map_err(|error| ModelError::damaged(&index, error))?;
    let names: BTreeSet<&String> = parsed.weight_map.values().collect();
    let is_beside = |name: &str| Path::new(name).components().count() == 1;
    if let Some(name) = names.iter().find(|name| !is_beside(name)) {
        let what = format!("`{name}` is not a file beside it");
        return Err(ModelError::damaged(&index, what));
    }
    let files = names.into_iter().map(|name| index.with_file_name(name));
    let files: Vec<PathBuf> = files.collect();
    if let Some(path) = files.iter().find(|path| !path.exists()) {
        return Err(ModelError::MissingPart {
            path: path.clone(),
            index,
        });
    }
    Ok(WeightFiles {
        files,
        index: Some(Index {
            path: index,
            weight_map: parsed.weight_map,
        }),
    })
}

//! All tensors of a checkpoint, by name, from one file or several.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::foreign::check_not_pointer;
use super::locate::WeightFiles;
use super::stored::StoredTensor;
use super::tensorflow::Opened;
use super::{pickle, safetensors, tensorflow};
use crate::error::ModelError;
use crate::names;

/// The last part of the name of the word embeddings, which every BERT has.
const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";

/// The tensors of a checkpoint.
pub(super) struct StoredTensors {
    /// By today's names.
    pub(super) by_name: BTreeMap<String, StoredTensor>,
    /// What all names of the model begin with, beside their names in transformers, such as `module.`; mostly empty.
    pub(super) prefix: String,
    /// How many tensors belong to the optimizer, by the last part of their names. They are left out.
    pub(super) optimizer: BTreeMap<String, usize>,
}

/// Opens all files of a checkpoint. Reads names and shapes only.
pub(super) fn open(weights: &WeightFiles) -> Result<StoredTensors, ModelError> {
    let mut all = Vec::new();
    let mut optimizer = BTreeMap::new();
    for file in &weights.files {
        let Opened {
            tensors,
            optimizer: left_out,
        } = open_file(file)?;
        optimizer.extend(left_out);
        if let Some(index) = &weights.index {
            let names: BTreeSet<&str> = tensors.iter().map(|tensor| &*tensor.name).collect();
            index.check(file, &names)?;
        }
        all.extend(tensors);
    }
    let prefix = prefix(&all)?;
    let mut by_name: BTreeMap<String, StoredTensor> = BTreeMap::new();
    for tensor in all {
        let name = tensor.key.strip_prefix(&prefix).unwrap_or(&tensor.key);
        let name = names::modern_name(name);
        if let Some(other) = by_name.get(&name) {
            return Err(ModelError::Duplicate {
                path: tensor.path,
                parameter: name,
                first: other.name.clone(),
                second: tensor.name,
            });
        }
        by_name.insert(name, tensor);
    }
    Ok(StoredTensors {
        by_name,
        prefix,
        optimizer,
    })
}

/// Returns what the names of the model begin with, beside their names in transformers.
///
/// Training programs wrap models, and dictionaries of weights: `DataParallel` adds `module.`, `torch.compile` adds
/// `_orig_mod.`, Lightning adds `model.` in a `state_dict.`. Files may hold other tensors too, so the model is the one with
/// word embeddings. If there are several, it is the one without a prefix.
fn prefix(all: &[StoredTensor]) -> Result<String, ModelError> {
    let prefixes = |is_wanted: fn(&StoredTensor) -> bool| -> BTreeSet<&str> {
        let wanted = all.iter().filter(|tensor| is_wanted(tensor));
        wanted
            .filter_map(|tensor| names::wrapper(&tensor.key))
            .collect()
    };
    let mut found = prefixes(|tensor| tensor.key.ends_with(WORD_EMBEDDINGS));
    if found.is_empty() {
        found = prefixes(|_| true);
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (None | Some(""), _) => Ok(String::new()),
        (Some(prefix), None) => Ok(prefix.to_owned()),
        (Some(first), Some(second)) => Err(ModelError::SeveralModels {
            path: all[0].path.clone(),
            first: first.to_owned(),
            second: second.to_owned(),
        }),
    }
}

/// Opens a file in the format that its name says. The content cannot say it: a safetensors file begins with a length.
fn open_file(file: &Path) -> Result<Opened, ModelError> {
    check_not_pointer(file)?;
    if ::tensorflow::checkpoint_file(file)?.is_some() {
        return tensorflow::open(file);
    }
    let ending = file.extension();
    let tensors = if ending.is_some_and(|ending| ending == "safetensors") {
        safetensors::open(file)?
    } else {
        pickle::open(file)?
    };
    Ok(Opened {
        tensors,
        optimizer: BTreeMap::new(),
    })
}

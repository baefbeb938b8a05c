//! What identifies a checkpoint: the SHA-256 of its config and of the files of its weights.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use repro::{sha256_file, sha256_hex};

use super::locate::{read_config, weight_files};
use crate::error::ModelError;

/// Computes the SHA-256 of a checkpoint's config and of the files of its weights, by their names. The config is hashed as this
/// program writes it, so the layout of its file does not matter. `with_weights` says whether the weights belong to it.
pub fn checkpoint_sha256(
    folder_or_file: &Path,
    with_weights: bool,
) -> Result<BTreeMap<String, String>, ModelError> {
    let config = sha256_hex(read_config(folder_or_file)?.to_json());
    let mut hashes = BTreeMap::from([("config.json".to_owned(), config)]);
    if with_weights {
        for file in all_files(folder_or_file)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let hash = sha256_file(&file).map_err(ModelError::io(&file))?;
            hashes.insert(name.into_owned(), hash);
        }
    }
    Ok(hashes)
}

/// The files of the weights; for a checkpoint of TensorFlow the index and the data.
fn all_files(folder_or_file: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let mut files = weight_files(folder_or_file)?.files;
    let is_index = |file: &&PathBuf| file.extension() == Some(OsStr::new("index"));
    let data = files.iter().filter(is_index);
    let data: Vec<PathBuf> = data
        .flat_map(|index| ::tensorflow::data_files(&index.with_extension("")))
        .collect();
    files.extend(data);
    Ok(files)
}

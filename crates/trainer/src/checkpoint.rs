//! Checkpoints: Hugging Face folders with the optimizer's state and the run's beside, whole or not at all.
//!
//! | file | what |
//! | --- | --- |
//! | `model.safetensors`, `config.json`, `vocab.txt`, tokenizer files | as Hugging Face has them: the folder loads there as it is |
//! | `optimizer.safetensors` | moments |
//! | `state.json` | [`RunState`] |
//! | `checksums.json` | SHA-256 of the others, written last |

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use model::BertForPreTraining;
use segment::sha256_file;
use serde::{Deserialize, Serialize};

use crate::error::TrainerError;
use crate::metrics::Window;
use crate::optimizer::OptimizerState;

const STATE: &str = "state.json";
const OPTIMIZER: &str = "optimizer.safetensors";
const CHECKSUMS: &str = "checksums.json";
const PREFIX: &str = "step-";

/// Where a run is, besides its weights and moments: exactly what a checkpoint holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunState {
    /// Steps done; the loader's place follows from it.
    pub step: u64,
    /// Updates done: steps that were not skipped.
    pub n_updates: u64,
    /// Steps skipped for numbers that were not finite.
    pub skipped_steps: u64,
    /// Bytes of `metrics.jsonl` that belong to these steps.
    pub metrics_bytes: u64,
    /// Means since the last line of metrics.
    pub window: Window,
    /// What decides the run's results, key by key.
    pub config: BTreeMap<String, serde_json::Value>,
}

/// The checkpoints of a run.
pub struct Checkpoints {
    folder: PathBuf,
    keep: usize,
}

/// What a checkpoint gives back.
pub(crate) struct Resumed {
    pub path: PathBuf,
    pub model: BertForPreTraining,
    pub optimizer: OptimizerState,
    pub state: RunState,
    /// Newer ones that were passed over, and why.
    pub passed_over: Vec<String>,
}

impl Checkpoints {
    /// The checkpoints in a folder, of which the newest `keep` are kept.
    pub fn new(folder: &Path, keep: usize) -> Self {
        Self {
            folder: folder.to_path_buf(),
            keep: keep.max(1),
        }
    }

    /// The checkpoints that are there, oldest first.
    pub fn list(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            if step_of(&path).is_some() {
                found.push(path);
            }
        }
        found.sort_by_key(|path| step_of(path));
        Ok(found)
    }

    /// Writes a checkpoint aside, syncs it, puts it in its place, and removes those beyond the kept number.
    /// `files` are names and texts that a Hugging Face folder holds beside weights and config.
    pub(crate) fn save(
        &self,
        model: &BertForPreTraining,
        optimizer: &OptimizerState,
        state: &RunState,
        files: &[(String, String)],
    ) -> Result<PathBuf, TrainerError> {
        let place = self.folder.join(format!("{PREFIX}{:08}", state.step));
        let aside = self.folder.join(".unfinished");
        let error = TrainerError::file;
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(error(&aside))?;
        }
        fs::create_dir_all(&aside).map_err(error(&aside))?;
        model::save(model, &aside)?;
        optimizer.write(&aside.join(OPTIMIZER))?;
        for (name, text) in files {
            fs::write(aside.join(name), text).map_err(error(&aside.join(name)))?;
        }
        let json = serde_json::to_vec_pretty(state).map_err(io::Error::other);
        json.and_then(|json| fs::write(aside.join(STATE), json))
            .map_err(error(&aside))?;
        seal(&aside).map_err(error(&aside))?;
        if place.exists() {
            fs::remove_dir_all(&place).map_err(error(&place))?;
        }
        fs::rename(&aside, &place).map_err(error(&place))?;
        sync(&self.folder).map_err(error(&self.folder))?;
        self.remove_old().map_err(error(&self.folder))?;
        Ok(place)
    }

    fn remove_old(&self) -> io::Result<()> {
        let all = self.list()?;
        for old in &all[..all.len().saturating_sub(self.keep)] {
            fs::remove_dir_all(old)?;
        }
        Ok(())
    }

    /// The newest whole checkpoint; damaged newer ones are passed over and named. `None` where there is none at all.
    pub(crate) fn resume(
        &self,
        device: &Device,
        seed: u64,
    ) -> Result<Option<Resumed>, TrainerError> {
        let all = self.list().map_err(TrainerError::file(&self.folder))?;
        let mut passed_over = Vec::new();
        for path in all.iter().rev() {
            match open(path, device, seed) {
                Ok((model, optimizer, state)) => {
                    return Ok(Some(Resumed {
                        path: path.clone(),
                        model,
                        optimizer,
                        state,
                        passed_over,
                    }));
                }
                Err(error) => passed_over.push(error.to_string()),
            }
        }
        if all.is_empty() {
            return Ok(None);
        }
        Err(TrainerError::NoWholeCheckpoint {
            folder: self.folder.clone(),
        })
    }
}

type Opened = (BertForPreTraining, OptimizerState, RunState);

fn open(path: &Path, device: &Device, seed: u64) -> Result<Opened, TrainerError> {
    let damaged = |reason: String| TrainerError::DamagedCheckpoint {
        path: path.to_path_buf(),
        reason,
    };
    let read =
        |name: &str| fs::read(path.join(name)).map_err(|error| damaged(format!("{name}: {error}")));
    let checksums: BTreeMap<String, String> = serde_json::from_slice(&read(CHECKSUMS)?)
        .map_err(|error| damaged(format!("{CHECKSUMS}: {error}")))?;
    for (name, expected) in &checksums {
        let found =
            sha256_file(&path.join(name)).map_err(|error| damaged(format!("{name}: {error}")))?;
        if found != *expected {
            return Err(damaged(format!(
                "{name} has the SHA-256 {found}, expected {expected}"
            )));
        }
    }
    let state: RunState = serde_json::from_slice(&read(STATE)?)
        .map_err(|error| damaged(format!("{STATE}: {error}")))?;
    let loaded = model::load(path, device, seed)?;
    let plain = device.clone().without_autodiff();
    let optimizer = OptimizerState::read(&path.join(OPTIMIZER), state.n_updates, &plain)?;
    Ok((loaded.model, optimizer, state))
}

/// Syncs every file and writes their checksums.
fn seal(folder: &Path) -> io::Result<()> {
    let mut checksums = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        sync(&path)?;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        checksums.insert(name, sha256_file(&path)?);
    }
    let path = folder.join(CHECKSUMS);
    fs::write(&path, serde_json::to_vec_pretty(&checksums)?)?;
    sync(&path)?;
    sync(folder)
}

fn sync(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

fn step_of(path: &Path) -> Option<u64> {
    path.file_name()?
        .to_str()?
        .strip_prefix(PREFIX)?
        .parse()
        .ok()
}

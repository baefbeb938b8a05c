//! The checkpoints of a run: a folder `step-00000100` for step 100, and so on.
//!
//! | file | what |
//! | --- | --- |
//! | `model.safetensors`, `config.json`, `vocab.txt`, tokenizer files | as Hugging Face has them, so that `transformers` loads the folder as it is |
//! | `optimizer.safetensors` | the moments: `NAME.m` and `NAME.v` |
//! | `state.json` | [`RunState`] |
//! | `checksums.json` | SHA-256 of the other files, written last |
//!
//! A checkpoint is written under another name, synced and renamed. So one whose writing was interrupted never has the name
//! of a checkpoint, and one that was damaged later does not fit its checksums.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use optimizer::OptimizerState;
use repro::{remove_folder, seal, sync_folder, verify};

use crate::error::TrainerError;
use crate::snapshot::Snapshot;
use crate::state::{RunState, Training};

const STATE: &str = "state.json";
const OPTIMIZER: &str = "optimizer.safetensors";
/// Files that `checksums.json` has to list; without them a folder is no checkpoint of a run.
const NEEDED: [&str; 4] = ["config.json", "model.safetensors", OPTIMIZER, STATE];
const PREFIX: &str = "step-";
/// The name of a checkpoint while it is written. A process that is killed may leave it.
const UNFINISHED: &str = ".unfinished";
/// The name of a checkpoint while it is removed. A process that is killed may leave it.
const REMOVED: &str = ".removed";

/// The folder of a run's checkpoints.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    keep: usize,
}

/// A checkpoint that was read.
pub(crate) struct Resumed {
    /// Its folder.
    pub path: PathBuf,
    /// The state of the run.
    pub training: Training,
    /// What is wrong with each newer checkpoint, which is damaged.
    pub damaged: Vec<String>,
}

impl Checkpoints {
    /// The checkpoints in a folder. The newest `keep` are kept, and at least one.
    pub fn new(folder: &Path, keep: usize) -> Self {
        Self {
            folder: folder.to_path_buf(),
            keep: keep.max(1),
        }
    }

    /// Where the checkpoint of a step lies.
    pub fn path_of(&self, step: u64) -> PathBuf {
        self.folder.join(format!("{PREFIX}{step:08}"))
    }

    /// Lists the checkpoints that are there, oldest first.
    pub fn list(&self) -> Result<Vec<PathBuf>, TrainerError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.and_then(|entries| {
                entries
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect::<io::Result<Vec<_>>>()
            }),
        };
        let mut found = entries.map_err(TrainerError::file(&self.folder))?;
        found.retain(|path| step_of(path).is_some());
        found.sort_by_key(|path| step_of(path));
        Ok(found)
    }

    /// Writes a checkpoint, and removes the oldest ones until as many as are kept are left. `files` are the
    /// contents, by name, of the files that it gets in addition to weights and config.
    pub(crate) fn write(
        &self,
        snapshot: &Snapshot,
        files: &BTreeMap<String, String>,
    ) -> Result<(), TrainerError> {
        let unfinished = self.folder.join(UNFINISHED);
        remove_folder(&unfinished).map_err(TrainerError::file(&unfinished))?;
        fs::create_dir_all(&unfinished).map_err(TrainerError::file(&unfinished))?;
        snapshot.weights.save(&unfinished)?;
        snapshot.moments.write(&unfinished.join(OPTIMIZER))?;
        for (name, text) in files {
            fs::write(unfinished.join(name), text)
                .map_err(TrainerError::file(&unfinished.join(name)))?;
        }
        let json = serde_json::to_vec_pretty(&snapshot.state).map_err(io::Error::other);
        json.and_then(|json| fs::write(unfinished.join(STATE), json))
            .and_then(|()| seal(&unfinished))
            .map_err(TrainerError::file(&unfinished))?;
        let step = snapshot.state.step;
        let path = self.path_of(step);
        self.publish(&unfinished, &path)
            .map_err(TrainerError::file(&path))?;
        self.remove_newer(step)?;
        self.remove_old(step)
    }

    /// Gives a checkpoint its name. A folder of that name is a damaged checkpoint, which the run did not start from; it is
    /// removed.
    fn publish(&self, unfinished: &Path, path: &Path) -> io::Result<()> {
        let removed = self.folder.join(REMOVED);
        remove_folder(&removed)?;
        if path.exists() {
            fs::rename(path, &removed)?;
        }
        fs::rename(unfinished, path)?;
        sync_folder(&self.folder)?;
        remove_folder(&removed)
    }

    /// Removes what a killed process may have left: unfinished checkpoints, and more old ones than are kept, for a run that
    /// continues after `step`.
    pub(crate) fn remove_leftovers(&self, step: u64) -> Result<(), TrainerError> {
        for name in [UNFINISHED, REMOVED] {
            let path = self.folder.join(name);
            remove_folder(&path).map_err(TrainerError::file(&path))?;
        }
        self.remove_old(step)
    }

    /// Removes the checkpoints of later steps. They are damaged, or the run would have started from one of them, and they
    /// would count as the newest ones, which are kept.
    fn remove_newer(&self, step: u64) -> Result<(), TrainerError> {
        let is_newer = |path: &&PathBuf| step_of(path) > Some(step);
        self.list()?
            .iter()
            .filter(is_newer)
            .try_for_each(|path| self.remove(path))
    }

    /// Removes all checkpoints up to `step` except for the newest ones.
    fn remove_old(&self, step: u64) -> Result<(), TrainerError> {
        let mut all = self.list()?;
        all.retain(|path| step_of(path) <= Some(step));
        let n_old = all.len().saturating_sub(self.keep);
        all[..n_old].iter().try_for_each(|path| self.remove(path))
    }

    /// Removes a checkpoint. It is renamed first, because a half-removed folder would look like a damaged checkpoint.
    fn remove(&self, path: &Path) -> Result<(), TrainerError> {
        let removed = self.folder.join(REMOVED);
        remove_folder(&removed)
            .and_then(|()| fs::rename(path, &removed))
            .and_then(|()| remove_folder(&removed))
            .map_err(TrainerError::file(path))
    }

    /// Reads the checkpoint of a step.
    pub(crate) fn read(
        &self,
        step: u64,
        device: &Device,
        seed: u64,
    ) -> Result<Resumed, TrainerError> {
        let path = self.path_of(step);
        Ok(Resumed {
            training: read(&path, device, seed)?,
            path,
            damaged: Vec::new(),
        })
    }

    /// Reads the newest checkpoint that is not damaged; `None` if there is no checkpoint at all.
    pub(crate) fn read_newest(
        &self,
        device: &Device,
        seed: u64,
    ) -> Result<Option<Resumed>, TrainerError> {
        let all = self.list()?;
        let mut damaged = Vec::new();
        for path in all.iter().rev() {
            match read(path, device, seed) {
                Ok(training) => {
                    return Ok(Some(Resumed {
                        path: path.clone(),
                        training,
                        damaged,
                    }));
                }
                Err(error) => damaged.push(error.to_string()),
            }
        }
        match damaged.into_iter().next() {
            None => Ok(None),
            Some(newest) => Err(TrainerError::NoWholeCheckpoint {
                folder: self.folder.clone(),
                newest,
            }),
        }
    }
}

fn read(path: &Path, device: &Device, seed: u64) -> Result<Training, TrainerError> {
    let damaged = |reason: String| TrainerError::DamagedCheckpoint {
        path: path.to_path_buf(),
        reason,
    };
    verify(path, &NEEDED).map_err(|error| damaged(error.to_string()))?;
    let state = fs::read(path.join(STATE)).map_err(|error| damaged(format!("{STATE}: {error}")))?;
    let state: RunState =
        serde_json::from_slice(&state).map_err(|error| damaged(format!("{STATE}: {error}")))?;
    let loaded = model::load(path, device, seed)?;
    if !loaded.report.is_complete() {
        let missing = loaded.report.missing.join(", ");
        return Err(damaged(format!("model.safetensors lacks {missing}")));
    }
    let plain = device.clone().without_autodiff();
    let moments = OptimizerState::read(&path.join(OPTIMIZER), state.n_updates, &plain)?;
    Ok(Training {
        model: loaded.model,
        moments,
        state,
    })
}

/// The step of a checkpoint's folder; `None` for any other name.
fn step_of(path: &Path) -> Option<u64> {
    let step = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    step.parse().ok()
}

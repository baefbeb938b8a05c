//! The checkpoints of a run: a folder `step-00000100` for step 100, and so on.
//!
//! | file | what |
//! | --- | --- |
//! | `model.safetensors`, `config.json`, `vocab.txt`, tokenizer files | as Hugging Face has them, so that `transformers` loads the folder as it is |
//! | `optimizer.safetensors` | the moments: `NAME.m` and `NAME.v`, or `NAME.momentum` |
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
use repro::{StepFolders, seal, verify};

use crate::error::TrainerError;
use crate::snapshot::Snapshot;
use crate::state::{RunState, Training};

const STATE: &str = "state.json";
const OPTIMIZER: &str = "optimizer.safetensors";
/// Files that `checksums.json` has to list; without them a folder is no checkpoint of a run.
const NEEDED: [&str; 4] = ["config.json", "model.safetensors", OPTIMIZER, STATE];

/// The folder of a run's checkpoints.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folders: StepFolders,
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
            folders: StepFolders::new(folder),
            keep: keep.max(1),
        }
    }

    /// Where the checkpoint of a step lies.
    pub fn path_of(&self, step: u64) -> PathBuf {
        self.folders.path_of(step)
    }

    /// Lists the checkpoints that are there, oldest first.
    pub fn list(&self) -> Result<Vec<PathBuf>, TrainerError> {
        let found = self.folders.list();
        found.map_err(TrainerError::file(self.folders.folder()))
    }

    /// Writes a checkpoint, and removes the oldest ones until as many as are kept are left. `files` are the
    /// contents, by name, of the files that it gets in addition to weights and config.
    pub(crate) fn write(
        &self,
        snapshot: &Snapshot,
        files: &BTreeMap<String, String>,
    ) -> Result<(), TrainerError> {
        let path = self.path_of(snapshot.state.step);
        let begun = self.folders.begin();
        let unfinished = begun.map_err(TrainerError::file(&self.folders.unfinished()))?;
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
        let published = self.folders.publish(snapshot.state.step, self.keep);
        published.map_err(TrainerError::file(&path))
    }

    /// Removes what a killed process may have left: unfinished checkpoints, and more old ones than are kept, for a run that
    /// continues after `step`.
    pub(crate) fn remove_leftovers(&self, step: u64) -> Result<(), TrainerError> {
        let removed = self.folders.remove_leftovers(step, self.keep);
        removed.map_err(TrainerError::file(self.folders.folder()))
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
                folder: self.folders.folder().to_path_buf(),
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

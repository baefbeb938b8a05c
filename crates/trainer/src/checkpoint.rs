//! Checkpoints: Hugging Face folders with the optimizer's state and the run's beside, whole or not at all.
//!
//! | file | what |
//! | --- | --- |
//! | `model.safetensors`, `config.json`, `vocab.txt`, tokenizer files | as Hugging Face has them: the folder loads there as it is |
//! | `optimizer.safetensors` | moments: `NAME.m` and `NAME.v` |
//! | `state.json` | [`RunState`] |
//! | `checksums.json` | SHA-256 of the others, written last |
//!
//! A checkpoint is written in a folder aside, synced and renamed. One that was cut short never gets its name; one that
//! was damaged later is told by its checksums.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use optimizer::OptimizerState;
use repro::{remove_folder, seal, sync_folder, verify};

use crate::error::TrainerError;
use crate::saver::Snapshot;
use crate::state::{RunState, Training};

const STATE: &str = "state.json";
const OPTIMIZER: &str = "optimizer.safetensors";
/// Without these a folder is no checkpoint of ours, whatever its checksums say.
const NEEDED: [&str; 4] = ["config.json", "model.safetensors", OPTIMIZER, STATE];
const PREFIX: &str = "step-";
/// Folders that are not (or no longer) checkpoints; a run that was killed may leave them.
const UNFINISHED: &str = ".unfinished";
const REMOVED: &str = ".removed";

/// The checkpoints of a run.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    keep: usize,
}

/// What a checkpoint gives back.
pub(crate) struct Resumed {
    pub path: PathBuf,
    pub training: Training,
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

    /// Where the checkpoint of a step lies.
    pub fn place(&self, step: u64) -> PathBuf {
        self.folder.join(format!("{PREFIX}{step:08}"))
    }

    /// The checkpoints that are there, oldest first.
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

    /// Writes a checkpoint aside, syncs it, puts it in its place, and removes those beyond the kept number.
    /// `files` are names and texts that a Hugging Face folder holds beside weights and config.
    pub(crate) fn write(
        &self,
        snapshot: &Snapshot,
        files: &[(String, String)],
    ) -> Result<(), TrainerError> {
        let aside = self.folder.join(UNFINISHED);
        remove_folder(&aside).map_err(TrainerError::file(&aside))?;
        fs::create_dir_all(&aside).map_err(TrainerError::file(&aside))?;
        snapshot.weights.save(&aside)?;
        snapshot.moments.write(&aside.join(OPTIMIZER))?;
        for (name, text) in files {
            fs::write(aside.join(name), text).map_err(TrainerError::file(&aside.join(name)))?;
        }
        let json = serde_json::to_vec_pretty(&snapshot.state).map_err(io::Error::other);
        json.and_then(|json| fs::write(aside.join(STATE), json))
            .and_then(|()| seal(&aside))
            .map_err(TrainerError::file(&aside))?;
        let step = snapshot.state.step;
        let place = self.place(step);
        self.publish(&aside, &place)
            .map_err(TrainerError::file(&place))?;
        self.remove_newer(step)?;
        self.remove_old(step)
    }

    /// What already lies in the place is a damaged checkpoint that was passed over: the run has come back to its step.
    fn publish(&self, aside: &Path, place: &Path) -> io::Result<()> {
        let removed = self.folder.join(REMOVED);
        remove_folder(&removed)?;
        if place.exists() {
            fs::rename(place, &removed)?;
        }
        fs::rename(aside, place)?;
        sync_folder(&self.folder)?;
        remove_folder(&removed)
    }

    /// Removes what runs that were killed left; those up to `step` that are beyond the kept number, too.
    pub(crate) fn clear(&self, step: u64) -> Result<(), TrainerError> {
        for name in [UNFINISHED, REMOVED] {
            let path = self.folder.join(name);
            remove_folder(&path).map_err(TrainerError::file(&path))?;
        }
        self.remove_old(step)
    }

    /// The run has come back to an earlier step: what lies behind it is damaged and was passed over. It would be counted
    /// among the newest that are kept.
    fn remove_newer(&self, step: u64) -> Result<(), TrainerError> {
        let is_newer = |path: &&PathBuf| step_of(path) > Some(step);
        self.list()?
            .iter()
            .filter(is_newer)
            .try_for_each(|path| self.remove(path))
    }

    /// Keeps the newest of those up to `step`.
    fn remove_old(&self, step: u64) -> Result<(), TrainerError> {
        let mut all = self.list()?;
        all.retain(|path| step_of(path) <= Some(step));
        let n_old = all.len().saturating_sub(self.keep);
        all[..n_old].iter().try_for_each(|path| self.remove(path))
    }

    /// Renamed first: a folder that is half removed would look like a damaged checkpoint.
    fn remove(&self, path: &Path) -> Result<(), TrainerError> {
        let removed = self.folder.join(REMOVED);
        remove_folder(&removed)
            .and_then(|()| fs::rename(path, &removed))
            .and_then(|()| remove_folder(&removed))
            .map_err(TrainerError::file(path))
    }

    /// The newest whole checkpoint; damaged newer ones are passed over and named. `None` where there is none at all.
    pub(crate) fn resume(
        &self,
        device: &Device,
        seed: u64,
    ) -> Result<Option<Resumed>, TrainerError> {
        let all = self.list()?;
        let mut passed_over = Vec::new();
        for path in all.iter().rev() {
            match open(path, device, seed) {
                Ok(training) => {
                    return Ok(Some(Resumed {
                        path: path.clone(),
                        training,
                        passed_over,
                    }));
                }
                Err(error) => passed_over.push(error.to_string()),
            }
        }
        match passed_over.into_iter().next() {
            None => Ok(None),
            Some(newest) => Err(TrainerError::NoWholeCheckpoint {
                folder: self.folder.clone(),
                newest,
            }),
        }
    }
}

fn open(path: &Path, device: &Device, seed: u64) -> Result<Training, TrainerError> {
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
        saved_step: Some(state.step),
        state,
    })
}

fn step_of(path: &Path) -> Option<u64> {
    let step = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    step.parse().ok()
}

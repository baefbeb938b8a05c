//! The checkpoint of a seed that is not finished: `checkpoints/step-00000100` in the folder of the seed.
//!
//! | file | what |
//! | --- | --- |
//! | `model.safetensors`, `config.json` | all parameters, also those that the finished model lacks |
//! | `optimizer.safetensors` | the moments |
//! | `state.json` | [`SeedState`] |
//! | `checksums.json` | SHA-256 of the other files, written last |
//!
//! A checkpoint gets its name when it is whole; then the others are removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use model::{LoadOptions, TaskHead, load_task, save_task_whole};
use optimizer::OptimizerState;
use repro::{StepFolders, seal, verify};

use crate::error::FinetuneError;
use crate::run::state::{SeedState, Training};

const STATE: &str = "state.json";
const OPTIMIZER: &str = "optimizer.safetensors";
const NEEDED: [&str; 4] = ["config.json", "model.safetensors", OPTIMIZER, STATE];
/// How many checkpoints are kept.
const KEPT: usize = 1;

/// The checkpoints of a seed.
pub(crate) struct Checkpoints {
    folders: StepFolders,
    /// The step whose checkpoint this process has read or written.
    saved_step: Option<u64>,
}

/// A checkpoint that was read.
pub(crate) struct Resumed {
    pub(crate) path: PathBuf,
    pub(crate) training: Training,
}

impl Checkpoints {
    /// The checkpoints in a folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folders: StepFolders::new(folder),
            saved_step: None,
        }
    }

    /// Writes a checkpoint, and removes the others. Does nothing if this process has read or written the checkpoint of this step.
    pub(crate) fn write(&mut self, training: &Training) -> Result<(), FinetuneError> {
        let step = training.state.step;
        if self.saved_step == Some(step) {
            return Ok(());
        }
        let path = self.folders.path_of(step);
        let could_not = FinetuneError::file;
        let begun = self.folders.begin();
        let unfinished = begun.map_err(could_not(&self.folders.unfinished()))?;
        save_task_whole(&training.model, &unfinished)?;
        training
            .moments
            .snapshot()
            .write(&unfinished.join(OPTIMIZER))?;
        let json = serde_json::to_vec_pretty(&training.state).map_err(io::Error::other);
        json.and_then(|json| fs::write(unfinished.join(STATE), json))
            .and_then(|()| seal(&unfinished))
            .and_then(|()| self.folders.publish(step, KEPT))
            .map_err(could_not(&path))?;
        self.saved_step = Some(step);
        Ok(())
    }

    /// Reads the newest checkpoint that is whole. `warn` is called for each damaged one; it stays until the next checkpoint is
    /// written.
    pub(crate) fn read_newest(
        &mut self,
        head: TaskHead,
        device: &Device,
        mut warn: impl FnMut(String),
    ) -> Result<Option<Resumed>, FinetuneError> {
        let all = self.folders.list();
        let all = all.map_err(FinetuneError::file(self.folders.folder()))?;
        for path in all.into_iter().rev() {
            match read(&path, head, device) {
                Ok(training) => {
                    self.saved_step = Some(training.state.step);
                    return Ok(Some(Resumed { path, training }));
                }
                Err(reason) => warn(format!(
                    "the checkpoint {} is damaged ({reason}); an older one is taken, or the seed begins anew",
                    path.display()
                )),
            }
        }
        Ok(None)
    }
}

fn read(path: &Path, head: TaskHead, device: &Device) -> Result<Training, String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    verify(path, &NEEDED).map_err(|error| text(&error))?;
    let state = fs::read(path.join(STATE)).map_err(|error| text(&error))?;
    let state: SeedState = serde_json::from_slice(&state).map_err(|error| text(&error))?;
    let loaded = load_task(path, head, device, LoadOptions::default());
    let loaded = loaded.map_err(|error| text(&error))?;
    if !loaded.report.is_complete() {
        return Err(format!("it lacks {}", loaded.report.missing.join(", ")));
    }
    let plain = device.clone().without_autodiff();
    let moments = OptimizerState::read(&path.join(OPTIMIZER), state.n_updates, &plain);
    Ok(Training {
        model: loaded.model,
        moments: moments.map_err(|error| text(&error))?,
        state,
    })
}

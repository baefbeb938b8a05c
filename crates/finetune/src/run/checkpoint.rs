//! The checkpoint of a seed that is not finished: `checkpoints/step-00000100` in the folder of the seed.
//!
//! | file | what |
//! | --- | --- |
//! | `model.safetensors`, `config.json` | all parameters, also those that the finished model lacks |
//! | `optimizer.safetensors` | the moments |
//! | `state.json` | [`SeedState`] |
//! | `checksums.json` | SHA-256 of the other files, written last |
//!
//! A checkpoint gets its name when it is whole; then older ones are removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use model::{LoadOptions, TaskHead, load_task, save_task_whole};
use optimizer::OptimizerState;
use repro::{AtomicFolder, remove_folder, seal, verify};

use crate::error::FinetuneError;
use crate::run::state::{SeedState, Training};

const STATE: &str = "state.json";
const OPTIMIZER: &str = "optimizer.safetensors";
const NEEDED: [&str; 4] = ["config.json", "model.safetensors", OPTIMIZER, STATE];
const PREFIX: &str = "step-";

/// A checkpoint that was read.
pub(crate) struct Resumed {
    pub(crate) path: PathBuf,
    pub(crate) training: Training,
}

/// Writes a checkpoint into a folder, and removes the older ones.
pub(crate) fn write(folder: &Path, training: &Training) -> Result<(), FinetuneError> {
    let path = folder.join(format!("{PREFIX}{:08}", training.state.step));
    if path.exists() {
        return Ok(()); // the run was resumed from it, or an epoch ended at this step
    }
    let could_not = FinetuneError::file;
    let aside = AtomicFolder::create(&path).map_err(could_not(&path))?;
    save_task_whole(&training.model, aside.path())?;
    training
        .moments
        .snapshot()
        .write(&aside.path().join(OPTIMIZER))?;
    let json = serde_json::to_vec_pretty(&training.state).map_err(io::Error::other);
    json.and_then(|json| fs::write(aside.path().join(STATE), json))
        .and_then(|()| seal(aside.path()))
        .and_then(|()| aside.commit())
        .map_err(could_not(&path))?;
    for other in list(folder)? {
        if other != path {
            remove_folder(&other).map_err(could_not(&other))?;
        }
    }
    Ok(())
}

/// Reads the newest checkpoint that is whole. `warn` is called for each damaged one.
pub(crate) fn read_newest(
    folder: &Path,
    head: TaskHead,
    device: &Device,
    mut warn: impl FnMut(String),
) -> Result<Option<Resumed>, FinetuneError> {
    for path in list(folder)?.into_iter().rev() {
        match read(&path, head, device) {
            Ok(training) => return Ok(Some(Resumed { path, training })),
            Err(reason) => {
                warn(format!(
                    "the checkpoint {} is damaged ({reason}); an older one is taken, or the seed begins anew",
                    path.display()
                ));
                remove_folder(&path).map_err(FinetuneError::file(&path))?;
            }
        }
    }
    Ok(None)
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

/// Lists the checkpoints, oldest first.
fn list(folder: &Path) -> Result<Vec<PathBuf>, FinetuneError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(FinetuneError::file(folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(FinetuneError::file(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(PREFIX) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

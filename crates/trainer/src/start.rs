//! How a run starts: from its newest whole checkpoint, from another checkpoint, or from random weights.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use model::BertForPreTraining;
use optimizer::OptimizerState;
use serde_json::Value;

use crate::checkpoint::Resumed;
use crate::error::TrainerError;
use crate::progress::{Progress, ProgressSender};
use crate::run::{Run, Start};
use crate::state::{RunState, Training};

/// Reads or makes the state that a run starts with.
pub(crate) fn start(run: &Run, progress: &ProgressSender) -> Result<Training, TrainerError> {
    let checkpoints = run.checkpoints();
    if !run.resume && !checkpoints.list()?.is_empty() {
        return Err(TrainerError::Occupied {
            folder: run.folder.clone(),
        });
    }
    let device = run.device.clone().autodiff();
    let mut training = match checkpoints.read_newest(&device, run.seed)? {
        Some(resumed) => {
            let training = accept(run, resumed, progress)?;
            checkpoints.remove_leftovers(training.state.step)?;
            training
        }
        None => new(run, &device, progress)?,
    };
    training.model = training.model.with_precision(run.options.precision)?;
    if let Some(lack) = training.model.missing_kernels() {
        progress.warn(format!(
            "steps are slower than they could be, without kernels for this GPU: {lack}"
        ));
    }
    Ok(training)
}

/// Accepts a checkpoint of the same run; one that was made with other settings is refused.
fn accept(
    run: &Run,
    resumed: Resumed,
    progress: &ProgressSender,
) -> Result<Training, TrainerError> {
    for reason in resumed.damaged {
        progress.warn(format!("{reason}; an older checkpoint is taken"));
    }
    let (path, training) = (resumed.path, resumed.training);
    refuse_other_config(&path, &training.state.config, &run_fingerprint(run))?;
    let step = training.state.step;
    progress.send(Progress::Resumed { path, step });
    Ok(training)
}

/// Makes the state of a new run.
fn new(run: &Run, device: &Device, progress: &ProgressSender) -> Result<Training, TrainerError> {
    let model = match &run.start {
        Start::Scratch(config) => BertForPreTraining::new(config, device, run.seed)?,
        Start::From {
            checkpoint,
            dropout,
        } => {
            let loaded = model::load(checkpoint, device, run.seed)?;
            progress.send(Progress::Loaded(loaded.report));
            loaded.model.with_dropout(*dropout, *dropout)
        }
    };
    let n_pieces = run.train.masker().vocabulary().len();
    model
        .config()
        .check_fits(n_pieces, run.train.max_length())?;
    Ok(Training {
        model,
        moments: OptimizerState::default(),
        state: RunState::new(run_fingerprint(run)),
    })
}

/// The settings that determine the results of a run, with the hash of its vocabulary: what a checkpoint is bound to
/// (invariant 6 of ARCHITECTURE.md).
fn run_fingerprint(run: &Run) -> BTreeMap<String, Value> {
    let vocabulary = run.train.masker().vocabulary().sha256();
    let mut config = run.config.clone();
    config.insert("vocabulary.sha256".to_owned(), vocabulary.into());
    config
}

/// Refuses a checkpoint of a run with other settings, and names the first key that differs.
fn refuse_other_config(
    path: &Path,
    found: &BTreeMap<String, Value>,
    expected: &BTreeMap<String, Value>,
) -> Result<(), TrainerError> {
    let keys = found.keys().chain(expected.keys());
    let shown =
        |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    for key in keys {
        let (found, expected) = (found.get(key), expected.get(key));
        if found != expected {
            return Err(TrainerError::OtherConfig {
                path: path.to_path_buf(),
                key: key.clone(),
                found: shown(found),
                expected: shown(expected),
            });
        }
    }
    Ok(())
}

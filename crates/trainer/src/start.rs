//! How a run starts: from its newest whole checkpoint, from another checkpoint, or from random weights.

use std::collections::BTreeMap;

use burn::tensor::Device;
use model::{BertForPreTraining, LoadOptions, Untrained, load_with};
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

/// Accepts a checkpoint of the same run, and takes over the settings that the user allows to change.
fn accept(
    run: &Run,
    resumed: Resumed,
    progress: &ProgressSender,
) -> Result<Training, TrainerError> {
    for reason in resumed.damaged {
        progress.warn(format!("{reason}; an older checkpoint is taken"));
    }
    let (path, mut training) = (resumed.path, resumed.training);
    let (state, expected) = (&mut training.state, run_fingerprint(run));
    let step = state.step;
    let changes = run
        .settings
        .changes(&expected, &path, &state.config, step)?;
    training.moments.check_made_by(run.optimizer.name)?;
    state.config = expected;
    state.changes.extend(changes.iter().cloned());
    progress.send(Progress::Resumed { path, step });
    for change in changes {
        progress.send(Progress::Changed(change));
    }
    let [hidden, attention] = run.start.dropout();
    training.model = training.model.with_dropout(hidden, attention);
    Ok(training)
}

/// Makes the state of a new run.
fn new(run: &Run, device: &Device, progress: &ProgressSender) -> Result<Training, TrainerError> {
    let model = match &run.start {
        Start::Scratch(config) => BertForPreTraining::new(config, device, run.seed)?,
        Start::From {
            checkpoint,
            dropout,
            n_pieces,
            partial,
        } => {
            let options = LoadOptions {
                seed: run.seed,
                n_pieces: Some(*n_pieces),
                partial: *partial,
            };
            let loaded = load_with(checkpoint, device, options)?;
            let mut untrained = loaded.config.untrained_parameters;
            for name in &loaded.report.found {
                let start = Untrained::StartCheckpoint;
                untrained.entry(name.clone()).or_insert(start);
            }
            progress.send(Progress::Loaded(loaded.report));
            let model = loaded.model.with_untrained(untrained);
            model.with_dropout(*dropout, *dropout)
        }
    };
    let n_pieces = run.train.masker().vocabulary().len();
    let n_rows = match &run.start {
        Start::Scratch(_) => n_pieces,
        Start::From { n_pieces: own, .. } => n_pieces.max(*own),
    };
    model.config().check_fits(n_rows, run.train.max_length())?;
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
    let mut config = run.settings.values.clone();
    config.insert("vocabulary.sha256".to_owned(), vocabulary.into());
    config
}

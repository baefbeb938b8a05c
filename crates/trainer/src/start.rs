//! How a run starts: from its newest whole checkpoint, from another checkpoint, or from random weights.

use std::collections::BTreeMap;

use burn::tensor::Device;
use model::{BertForPreTraining, LoadOptions, Untrained, load_with};
use optimizer::OptimizerState;
use serde_json::Value;

use crate::checkpoint::Resumed;
use crate::error::TrainerError;
use crate::options::TrainOptions;
use crate::progress::{Progress, ProgressSender};
use crate::run::{Run, Start};
use crate::state::{RunState, Training};
use crate::together::check_same_run;

/// The name under which rank 0 tells the others which checkpoint it starts from.
const STARTS_FROM: &str = "checkpoint";
/// What rank 0 tells if it starts from none.
const NO_CHECKPOINT: &str = "none";

/// Reads or makes the state that a run starts with. Rank 0 chooses the checkpoint, and all processes read it.
pub(crate) fn start(run: &Run, progress: &ProgressSender) -> Result<Training, TrainerError> {
    if !run.world.is_alone() {
        check_same_run(&run.world, &all_settings(run))?;
    }
    let mut training = if run.world.is_first() {
        first(run, progress)?
    } else {
        another(run, progress)?
    };
    training.model = training.model.with_precision(run.options.precision)?;
    if let Some(lack) = training.model.missing_kernels() {
        progress.warn(format!(
            "steps are slower than they could be, without kernels for this GPU: {lack}"
        ));
    }
    Ok(training)
}

/// The settings that all processes have to share, as text: those that decide results, and when something is done together.
fn all_settings(run: &Run) -> String {
    let options = TrainOptions {
        loader_threads: 1,
        peak_tflops: None,
        ..run.options.clone()
    };
    format!("{:?} {options:?}", run_fingerprint(run))
}

/// Reads the newest checkpoint of the run if there is one, and tells the other processes which it is.
fn first(run: &Run, progress: &ProgressSender) -> Result<Training, TrainerError> {
    let checkpoints = run.checkpoints();
    if !run.resume && !checkpoints.list()?.is_empty() {
        return Err(TrainerError::Occupied {
            folder: run.folder.clone(),
        });
    }
    let device = run.device.clone().autodiff();
    if let Some(resumed) = checkpoints.read_newest(&device, run.seed)? {
        let training = accept(run, resumed, progress)?;
        checkpoints.remove_leftovers(training.state.step)?;
        let step = training.state.step.to_string();
        run.world.tell(STARTS_FROM, &step)?;
        return Ok(training);
    }
    let training = new(run, &device, progress)?;
    run.world.tell(STARTS_FROM, NO_CHECKPOINT)?;
    Ok(training)
}

/// Starts from the checkpoint that rank 0 starts from.
fn another(run: &Run, progress: &ProgressSender) -> Result<Training, TrainerError> {
    let device = run.device.clone().autodiff();
    let told = run.world.hear(STARTS_FROM)?.unwrap_or_default();
    let Ok(step) = told.parse() else {
        return new(run, &device, progress); // rank 0 starts from none
    };
    let resumed = run.checkpoints().read(step, &device, run.seed);
    let resumed = resumed.map_err(|error| TrainerError::NotShared {
        rank: run.world.rank(),
        step,
        reason: error.to_string(),
    })?;
    accept(run, resumed, progress)
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

//! Where a run begins: at its newest whole checkpoint, or with the weights of its start.

use std::collections::BTreeMap;
use std::path::Path;

use model::BertForPreTraining;
use optimizer::OptimizerState;
use serde_json::Value;

use crate::checkpoint::Checkpoints;
use crate::error::TrainerError;
use crate::run::{Progress, Run, Start};
use crate::state::{RunState, Training};

/// What the run begins with.
pub(crate) fn begin(
    run: &Run,
    checkpoints: &Checkpoints,
    say: &impl Fn(Progress),
) -> Result<Training, TrainerError> {
    let config = decisive(run);
    let device = run.device.clone().autodiff();
    let there = checkpoints.list()?;
    if !there.is_empty() && !run.resume {
        return Err(TrainerError::Occupied {
            folder: run.folder.clone(),
        });
    }
    if let Some(resumed) = checkpoints.resume(&device, run.seed)? {
        for reason in resumed.passed_over {
            say(Progress::Warning(format!(
                "{reason}; an older checkpoint is taken"
            )));
        }
        refuse_other_config(&resumed.path, &resumed.training.state.config, &config)?;
        checkpoints.clear(resumed.training.state.step)?;
        say(Progress::Resumed {
            path: resumed.path,
            step: resumed.training.state.step,
        });
        let mut training = resumed.training;
        training.model = with_precision(training.model, run, say)?;
        return Ok(training);
    }
    let model = match &run.start {
        Start::Scratch(config) => BertForPreTraining::new(config, &device, run.seed)?,
        Start::From {
            checkpoint,
            dropout,
        } => {
            let loaded = model::load(checkpoint, &device, run.seed)?;
            say(Progress::Loaded(loaded.report));
            loaded.model.with_dropout(*dropout, *dropout)
        }
    };
    let n_pieces = run.train.masker().vocabulary().len();
    let max_length = run.train.max_length();
    model.config().check_fits(n_pieces, max_length)?;
    Ok(Training {
        model: with_precision(model, run, say)?,
        moments: OptimizerState::default(),
        state: RunState::new(config),
        saved_step: None,
    })
}

/// The model in the run's precision; it is told where that is slower than it could be.
fn with_precision(
    model: BertForPreTraining,
    run: &Run,
    say: &impl Fn(Progress),
) -> Result<BertForPreTraining, TrainerError> {
    let model = model.with_precision(run.options.precision)?;
    if let Some(lack) = model.missing_kernels() {
        say(Progress::Warning(format!(
            "steps are slower than they could be, without kernels for this GPU: {lack}"
        )));
    }
    Ok(model)
}

/// What decides the run's results; a checkpoint is bound to its vocabulary by hash (design invariant 6).
fn decisive(run: &Run) -> BTreeMap<String, Value> {
    let vocabulary = run.train.masker().vocabulary().sha256();
    let mut config = run.config.clone();
    config.insert("vocabulary.sha256".to_owned(), vocabulary.into());
    config
}

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

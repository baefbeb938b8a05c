//! How a seed starts: from its own checkpoint, from the given encoder, or from random weights.

use model::{BertForTask, load_task, read_config};
use optimizer::OptimizerState;

use crate::error::FinetuneError;
use crate::run::checkpoint::{Checkpoints, Resumed};
use crate::run::definition::Run;
use crate::run::progress::{FinetuneProgress, ProgressSender};
use crate::run::state::{SeedState, Training};

/// Reads or makes the state that a seed starts with.
pub(crate) fn start(
    run: &Run,
    seed: u64,
    checkpoints: &mut Checkpoints,
    progress: &ProgressSender,
) -> Result<Training, FinetuneError> {
    let device = run.device.clone().autodiff();
    let head = run.task.training_head();
    let resumed = checkpoints.read_newest(head, &device, |text| progress.warn(text))?;
    let mut training = match resumed {
        Some(Resumed { path, training }) => {
            let step = training.state.step;
            progress.send(FinetuneProgress::Resumed { seed, step, path });
            training
        }
        None => Training {
            model: new_model(run, seed, progress)?,
            moments: OptimizerState::default(),
            state: SeedState::default(),
        },
    };
    let [hidden, attention] = [run.start.dropout; 2];
    let model = training.model.with_dropout(hidden, attention);
    training.model = model.with_precision(run.training.precision)?;
    if let Some(lack) = training.model.missing_kernels() {
        progress.warn(format!(
            "steps are slower than they could be, without kernels for this GPU: {lack}"
        ));
    }
    Ok(training)
}

/// Makes the model of a new run. The head is drawn from the seed; random weights are, too.
fn new_model(
    run: &Run,
    seed: u64,
    progress: &ProgressSender,
) -> Result<BertForTask, FinetuneError> {
    let device = run.device.clone().autodiff();
    let head = run.task.training_head();
    let options = run.task.load_options(seed);
    if run.start.random_weights {
        let mut config = read_config(&run.start.checkpoint)?;
        config.vocab_size = options.n_pieces.unwrap_or(config.vocab_size);
        return Ok(BertForTask::new(&config, head, &device, seed)?);
    }
    let loaded = load_task(&run.start.checkpoint, head, &device, options)?;
    if seed == run.protocol.first_seed {
        progress.send(FinetuneProgress::Loaded(loaded.report));
    }
    Ok(loaded.model)
}

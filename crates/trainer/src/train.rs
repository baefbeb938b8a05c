//! The training loop.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Instant;

use batch::{Baseline, Loader, TrainingExamples, label_counts, unigram_baseline};
use burn::tensor::Device;
use model::{BertConfig, BertForPreTraining, LoadReport};

use crate::checkpoint::{Checkpoints, RunState};
use crate::error::TrainerError;
use crate::evaluate::{Evaluation, evaluate};
use crate::metrics::{Metrics, Timing, Window};
use crate::optimizer::{Optimizer, OptimizerState};
use crate::options::{OptimizerOptions, TrainOptions};
use crate::schedule::learning_rate;
use crate::step::training_step;

/// Where the weights come from.
#[derive(Clone, Debug)]
pub enum Start {
    /// Drawn from the seed.
    Scratch(BertConfig),
    /// Read from a checkpoint of ours or a Hugging Face folder; dropout of hidden states and attention shares as given.
    From {
        /// The checkpoint.
        checkpoint: PathBuf,
        /// Dropout while training.
        dropout: f64,
    },
}

/// A whole run.
pub struct Run {
    /// Where it computes.
    pub device: Device,
    /// Where the weights come from.
    pub start: Start,
    /// What it trains on.
    pub train: Arc<TrainingExamples>,
    /// What it is judged by.
    pub held_out: TrainingExamples,
    /// The update.
    pub optimizer: OptimizerOptions,
    /// The loop.
    pub options: TrainOptions,
    /// Everything random follows from it.
    pub seed: u64,
    /// Where checkpoints and figures are kept.
    pub folder: PathBuf,
    /// Whether to go on from the newest whole checkpoint, if there is one.
    pub resume: bool,
    /// Names and texts of the files that a Hugging Face folder holds beside weights and config.
    pub files: Vec<(String, String)>,
    /// What decides the run's results, key by key; a checkpoint of another config is refused.
    pub config: BTreeMap<String, serde_json::Value>,
}

/// What a run says on its way; only the program shows it.
#[derive(Clone, Debug)]
pub enum Progress {
    /// What a checkpoint to start from held.
    Loaded(LoadReport),
    /// The run goes on from a checkpoint.
    Resumed {
        /// The checkpoint.
        path: PathBuf,
        /// Its step.
        step: u64,
    },
    /// Something to know that is no reason to stop.
    Warning(String),
    /// What guessing by frequency gives on the held-out labels.
    Baseline(Baseline),
    /// A step was done.
    Step {
        /// The step.
        step: u64,
        /// Steps of the run.
        steps: u64,
        /// Mean masked loss since the last line of metrics, in nats.
        masked_loss: f64,
        /// Pieces without padding a second, since the last line of metrics.
        tokens_per_second: f64,
    },
    /// The held-out examples were evaluated.
    Evaluated {
        /// After this step.
        step: u64,
        /// The figures.
        evaluation: Evaluation,
    },
    /// A checkpoint was written.
    Saved(PathBuf),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Steps done.
    pub step: u64,
    /// Whether a stop was asked for before the last step.
    pub stopped: bool,
    /// Steps skipped for numbers that were not finite.
    pub skipped_steps: u64,
    /// The held-out figures at the end; `None` where the run was stopped.
    pub evaluation: Option<Evaluation>,
    /// What guessing by frequency gives on the held-out labels.
    pub baseline: Baseline,
    /// The newest checkpoint.
    pub checkpoint: PathBuf,
}

/// Trains until the last step, or until `stop` is set: then a checkpoint is written and the run returns.
pub fn train(
    run: &Run,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<Summary, TrainerError> {
    let say = |message| {
        let _ = progress.send(message); // nobody listening is no reason to stop
    };
    let checkpoints = Checkpoints::new(
        &run.folder.join("checkpoints"),
        run.options.keep_checkpoints,
    );
    let (mut model, mut moments, mut state) = begin(run, &checkpoints, &say)?;
    let baseline = unigram_baseline(&label_counts(&run.train)?, &run.held_out)?;
    say(Progress::Baseline(baseline));
    let mut metrics = Metrics::open(&run.folder, state.step, state.metrics_bytes)?;
    let optimizer = Optimizer::new(run.optimizer.clone());
    let options = &run.options;
    let sizes = (options.examples_per_step, options.micro_batch);
    let mut loader = Loader::start(
        &run.train,
        state.step + 1..=options.steps,
        sizes,
        options.loader_threads,
    );
    let (mut since, mut timing) = (Instant::now(), Timing::default());
    let mut evaluation = None;
    let mut newest = None;
    while state.step < options.steps && !stop.load(Ordering::Relaxed) {
        let batch = loader.next_step()?;
        let rate = learning_rate(
            batch.step,
            run.optimizer.peak_rate,
            run.optimizer.warmup_steps,
            options.steps,
        );
        let (updated, step) = training_step(model, &batch, &optimizer, &mut moments, rate);
        model = updated;

        state.step = batch.step;
        state.window.add(&step);
        timing.n_tokens += batch.n_tokens;
        timing.n_examples += options.examples_per_step as u64;
        timing.elapsed = since.elapsed();
        if step.skipped {
            state.skipped_steps += 1;
            say(Progress::Warning(format!(
                "step {}: a loss or gradient is not finite; the update is skipped",
                batch.step
            )));
        }
        say(Progress::Step {
            step: batch.step,
            steps: options.steps,
            masked_loss: state.window.masked_loss(),
            tokens_per_second: timing.tokens_per_second(),
        });
        let is_last = state.step == options.steps;
        if state.step.is_multiple_of(options.log_every) || is_last {
            timing.waited = loader.take_waited();
            metrics.train(
                batch.step,
                batch.epoch,
                rate,
                state.skipped_steps,
                &state.window,
                &timing,
            )?;
            state.window = Window::default();
            (since, timing) = (Instant::now(), Timing::default());
        }
        if state.step.is_multiple_of(options.evaluate_every) || is_last {
            let paused = Instant::now();
            let found = evaluate(&model, &run.held_out, options.micro_batch)?;
            metrics.evaluation(state.step, &found, &baseline)?;
            say(Progress::Evaluated {
                step: state.step,
                evaluation: found,
            });
            evaluation = is_last.then_some(found);
            since += paused.elapsed();
        }
        let too_many = state.skipped_steps > options.max_skipped_steps;
        if state.step.is_multiple_of(options.checkpoint_every) || is_last || too_many {
            let paused = Instant::now();
            newest = Some(save(
                run,
                &checkpoints,
                &model,
                &moments,
                &mut state,
                &mut metrics,
                &say,
            )?);
            since += paused.elapsed();
        }
        if too_many {
            return Err(TrainerError::NotFinite {
                skipped: state.skipped_steps,
                step: state.step,
            });
        }
    }
    let stopped = state.step < options.steps;
    let checkpoint = match newest {
        Some(path) if !stopped => path,
        _ => save(
            run,
            &checkpoints,
            &model,
            &moments,
            &mut state,
            &mut metrics,
            &say,
        )?,
    };
    if !stopped && evaluation.is_none() {
        evaluation = Some(evaluate(&model, &run.held_out, options.micro_batch)?);
    }
    Ok(Summary {
        step: state.step,
        stopped,
        skipped_steps: state.skipped_steps,
        evaluation,
        baseline,
        checkpoint,
    })
}

fn save(
    run: &Run,
    checkpoints: &Checkpoints,
    model: &BertForPreTraining,
    moments: &OptimizerState,
    state: &mut RunState,
    metrics: &mut Metrics,
    say: &impl Fn(Progress),
) -> Result<PathBuf, TrainerError> {
    metrics.sync()?;
    state.metrics_bytes = metrics.bytes();
    state.n_updates = moments.n_updates;
    let path = checkpoints.save(model, moments, state, &run.files)?;
    say(Progress::Saved(path.clone()));
    Ok(path)
}

type Begun = (BertForPreTraining, OptimizerState, RunState);

/// The newest whole checkpoint of the run, or its beginning.
fn begin(
    run: &Run,
    checkpoints: &Checkpoints,
    say: &impl Fn(Progress),
) -> Result<Begun, TrainerError> {
    std::fs::create_dir_all(&run.folder).map_err(TrainerError::file(&run.folder))?;
    let device = run.device.clone().autodiff();
    let there = checkpoints
        .list()
        .map_err(TrainerError::file(&run.folder))?;
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
        refuse_other_config(&resumed.path, &resumed.state.config, &run.config)?;
        say(Progress::Resumed {
            path: resumed.path,
            step: resumed.state.step,
        });
        return Ok((resumed.model, resumed.optimizer, resumed.state));
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
    let state = RunState {
        step: 0,
        n_updates: 0,
        skipped_steps: 0,
        metrics_bytes: 0,
        window: Window::default(),
        config: run.config.clone(),
    };
    Ok((model, OptimizerState::default(), state))
}

fn refuse_other_config(
    path: &Path,
    found: &BTreeMap<String, serde_json::Value>,
    expected: &BTreeMap<String, serde_json::Value>,
) -> Result<(), TrainerError> {
    let keys = found.keys().chain(expected.keys());
    let shown = |value: Option<&serde_json::Value>| {
        value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
    };
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

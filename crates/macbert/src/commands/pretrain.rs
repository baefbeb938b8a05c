//! `macbert pretrain`: trains a model on shards, and writes checkpoints, an export and a report.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use device::World;
use trainer::{KeyClass, Progress, Run, Summary};

use super::assemble::assemble;
use super::dry_run::print_job;
use super::export;
use super::figures::print_figures;
use super::ranks::{device_of, named_devices};
#[cfg(unix)]
use super::start_ranks::{end_with_launcher, start_ranks};
use crate::arguments::model::PretrainArguments;
use crate::config::job::Config;
use crate::config::keys::{class_of, effect_of};
use crate::config::load::load;
use crate::failure::usage_error;
use crate::numbers::grouped;
use crate::pages;
use crate::paint::{BAD, BOLD, GOOD, painted};
use crate::progress::{Bar, error_text, note, print, say, speak_as};
use crate::rank::{TrainingRank, training_rank};
use crate::reports::evaluation::evaluation_figures;
use crate::reports::load::{load_remarks, load_summary};
use crate::reports::restorations::restored_examples;
use crate::signals::stop_flag;

/// The width of the names in the report, in terminal columns.
const COLUMNS: usize = 34;
/// What is said instead of an evaluation.
const NOT_EVALUATED: &str = "no document is held out, so nothing is evaluated";

/// Trains the model of a config.
pub(crate) fn run(arguments: &PretrainArguments) -> Result<ExitCode> {
    let config = load(&arguments.config.config, &arguments.config.change.set)?;
    if arguments.config.change.dry_run {
        print_job(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    config.check_start()?;
    let rank = training_rank(|name| std::env::var(name).ok()).map_err(usage_error)?;
    let devices = named_devices(&arguments.devices)?;
    let device = match (&rank, devices.as_slice()) {
        (_, []) => arguments.device.device.clone(),
        (None, [one]) => one.clone(),
        #[cfg(unix)]
        (None, several) => return start_ranks(several),
        #[cfg(not(unix))]
        (None, _) => {
            return Err(anyhow!(
                "--devices starts processes on Unix only; use torchrun"
            ));
        }
        (Some(rank), devices) => device_of(rank, devices)?,
    };
    tune_process(&device);
    #[cfg(unix)]
    end_with_launcher();
    let stop = stop_flag()?;
    let world = match rank {
        Some(rank) => join(&config, rank, &device)?,
        None => World::alone(),
    };
    let assembled = assemble(&config, &device, arguments.resume).and_then(|mut run| {
        allow_changes(&config, &mut run, &arguments.allow_change)?;
        Ok(run)
    });
    let mut run = assembled.inspect_err(|error| world.fail(&error_text(error)))?;
    run.world = world;
    let trained = train(&run, &stop);
    trained.inspect_err(|error| run.world.fail(&error_text(error)))
}

/// Trains, and writes what a finished run writes besides.
fn train(run: &Run, stop: &AtomicBool) -> Result<ExitCode> {
    let summary = watch(run, stop, "")?;
    if !run.world.is_first() {
        return Ok(ExitCode::SUCCESS);
    }
    if summary.stopped {
        print(&format!(
            "stopped after step {}; continue with --resume",
            grouped(summary.step)
        ));
        return Ok(ExitCode::SUCCESS);
    }
    finish(run, &summary)?;
    Ok(ExitCode::SUCCESS)
}

/// Meets the other processes that train the model.
fn join(config: &Config, rank: TrainingRank, device: &str) -> Result<World> {
    speak_as(rank.place.rank);
    let found = device::by_name(device)?;
    let limit = Duration::from_secs(config.train.collective_timeout_s);
    let world = World::join(rank.place, &found, limit, &mut say);
    world.with_context(|| format!("could not train together on {device}"))
}

/// Sets up the process for a device that trains.
pub(super) fn tune_process(device: &str) {
    if let Err(error) = device::tune_process(device) {
        note(&format!(
            "the program could not re-execute itself with a shorter spin time for OpenMP threads, so steps take longer: {error}"
        ));
    }
}

/// Lets keys of the config differ from those of the checkpoint.
fn allow_changes(config: &Config, run: &mut Run, keys: &[String]) -> Result<()> {
    let values = toml::Value::try_from(config)?;
    let is_key = |key: &str| {
        let found = key
            .split('.')
            .try_fold(&values, |value, part| value.get(part));
        found.is_some_and(|value| !value.is_table())
    };
    for key in keys {
        let problem = match (class_of(key), effect_of(key)) {
            (KeyClass::Course, _) if run.settings.values.contains_key(key) => {
                run.settings.allowed.insert(key.clone());
                continue;
            }
            (KeyClass::Free, _) => {
                note(&format!(
                    "--allow-change {key}: this key may change without the option"
                ));
                continue;
            }
            (KeyClass::Run, Some(effect)) if is_key(key) => {
                format!("another value makes it another run: {effect}")
            }
            _ => "the config has no such key".to_owned(),
        };
        return Err(usage_error(anyhow!("--allow-change {key}: {problem}")));
    }
    Ok(())
}

/// Runs the training and shows its progress. `label` says which run it is; it stands before the step.
pub(super) fn watch(run: &Run, stop: &AtomicBool, label: &str) -> Result<Summary> {
    let (sender, receiver) = channel();
    let mut bar = Bar::new("pretrain", run.options.steps);
    let summary = std::thread::scope(|scope| {
        let worker = scope.spawn(move || trainer::train(run, &sender, stop));
        while let Ok(progress) = receiver.recv() {
            show(&mut bar, label, progress);
        }
        worker.join()
    });
    bar.finish();
    Ok(summary.map_err(|_| anyhow!("a thread panicked while training"))??)
}

fn show(bar: &mut Bar, label: &str, progress: Progress) {
    match progress {
        Progress::Loaded(report) => {
            bar.line(&load_summary(&report));
            for remark in load_remarks(&report) {
                bar.line(&format!("  {remark}"));
            }
        }
        Progress::Resumed { path, step } => bar.line(&format!(
            "resuming after step {step}, from {}",
            path.display()
        )),
        Progress::Changed(change) => bar.line(&format!(
            "after step {}: {} = {} (was {})",
            change.step, change.key, change.to, change.from
        )),
        Progress::Warning(text) => bar.line(&format!("{}: {text}", painted(BAD, "warning"))),
        Progress::Baseline(None) => bar.line(NOT_EVALUATED),
        Progress::Baseline(Some(baseline)) => bar.line(&format!(
            "held out: {} labels; unigram baseline {:.4} nats, most frequent label {:.2} %",
            grouped(baseline.n_labels),
            baseline.loss,
            100.0 * baseline.commonest_share
        )),
        Progress::Step {
            step,
            masked_loss,
            tokens_per_second,
            ..
        } => {
            let rate = grouped(tokens_per_second as u64);
            let loss = if masked_loss.is_nan() {
                "–".to_owned() // no loss was read yet
            } else {
                format!("{masked_loss:.3}")
            };
            bar.set(
                step,
                &format!("{label}step {step}, loss {loss}, {rate} tokens/s"),
            );
        }
        Progress::Evaluated { step, evaluation } => bar.line(&format!(
            "step {step}: held-out masked loss {:.4}, accuracy {:.2} %{}",
            evaluation.masked_loss,
            100.0 * evaluation.masked_accuracy(),
            order_part(evaluation.order_accuracy)
        )),
        Progress::Judged {
            step,
            judge,
            evaluation,
        } => bar.line(&format!(
            "step {step}: under {judge}: masked loss {:.4}, accuracy {:.2} %",
            evaluation.masked_loss,
            100.0 * evaluation.masked_accuracy()
        )),
        Progress::Saved(path) => tracing::info!(path = %path.display(), "checkpoint"),
    }
}

/// `, order 75.00 %`; nothing without order labels.
fn order_part(accuracy: f64) -> String {
    if accuracy.is_nan() {
        return String::new();
    }
    format!(", order {:.2} %", 100.0 * accuracy)
}

/// What a finished run writes besides checkpoints and metrics.
pub(super) struct Outputs {
    /// The Hugging Face folder.
    pub export: PathBuf,
    /// The page of the run.
    pub page: PathBuf,
}

/// Writes the export and the report of a finished run.
pub(super) fn write_outputs(run: &Run, summary: &Summary) -> Result<Outputs> {
    let export = run.folder.join("export");
    export::write(&summary.checkpoint, &export, false)?;
    let page = run.folder.join("report.html");
    let restored = restored_examples(run, summary)?;
    pages::run::write(&page, &run.folder, summary, &restored)?;
    Ok(Outputs { export, page })
}

/// Writes the export and the report, and prints the last evaluation.
fn finish(run: &Run, summary: &Summary) -> Result<()> {
    let Outputs { export, page } = write_outputs(run, summary)?;
    let title = format!("{} steps done", grouped(summary.step));
    print(&painted(BOLD, &title));
    match (&summary.evaluation, &summary.baseline) {
        (Some(evaluation), Some(baseline)) => {
            print_figures(&evaluation_figures(evaluation, baseline), COLUMNS);
        }
        _ => print(NOT_EVALUATED),
    }
    if summary.skipped_steps > 0 {
        note(&format!(
            "{} steps were skipped because their loss or gradient was not finite",
            summary.skipped_steps
        ));
    }
    let shown = |path: &Path| painted(GOOD, &path.display().to_string());
    print(&format!("Hugging Face folder  {}", shown(&export)));
    print(&format!("report               {}", shown(&page)));
    Ok(())
}

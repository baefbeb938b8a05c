//! `macbert finetune`: trains a checkpoint on a task with several seeds, and reports its scores.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use anyhow::{Result, anyhow};
use finetune::{FinetuneProgress, NamedScores, Outcome, Run};

use super::assemble_task::assemble_task;
use super::dry_run::print_config;
use super::figures::print_figures;
use super::pretrain::tune_process;
use crate::arguments::model::FinetuneArguments;
use crate::config::task::{TaskConfig, load_task_config};
use crate::numbers::grouped;
use crate::pages;
use crate::paint::{BAD, BOLD, GOOD, painted};
use crate::progress::{Bar, print};
use crate::reports::figure::Figure;
use crate::reports::load::load_summary;
use crate::reports::task::{
    ScoreRow, max_mean, max_mean_words, published_here, published_value, score_rows, selection,
};
use crate::signals::stop_flag;

/// The width of the names in the report, in terminal columns.
const COLUMNS: usize = 34;

/// Fine-tunes the model of a config.
pub(crate) fn run(arguments: &FinetuneArguments) -> Result<ExitCode> {
    let config = load_task_config(&arguments.config.config, &arguments.config.change.set)?;
    if arguments.config.change.dry_run {
        print_config(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    let device = &arguments.device.device;
    tune_process(device);
    let stop = stop_flag()?;
    let run = assemble_task(&config, device)?;
    let outcome = watch(&run, &config, &stop, "")?;
    if outcome.stopped {
        let n_done = outcome.results.seeds.len();
        print(&format!(
            "stopped; finished: {n_done} of {}; the same command continues",
            number_of_seeds(config.protocol.seeds as usize)
        ));
        return Ok(ExitCode::SUCCESS);
    }
    finish(&config, &run, &outcome)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the fine-tuning and shows its progress. `label` says which run it is; it stands before the seed.
pub(super) fn watch(
    run: &Run,
    config: &TaskConfig,
    stop: &AtomicBool,
    label: &str,
) -> Result<Outcome> {
    let (sender, receiver) = channel();
    let n_seeds = config.protocol.seeds;
    let mut bar = Bar::new("finetune", run.steps() * n_seeds);
    let outcome = std::thread::scope(|scope| {
        let worker = scope.spawn(move || finetune::finetune(run, &sender, stop));
        while let Ok(progress) = receiver.recv() {
            show(&mut bar, config, label, progress);
        }
        worker.join()
    });
    bar.finish();
    Ok(outcome.map_err(|_| anyhow!("a thread panicked while training"))??)
}

fn show(bar: &mut Bar, config: &TaskConfig, label: &str, progress: FinetuneProgress) {
    match progress {
        FinetuneProgress::Loaded(report) => bar.line(&load_summary(&report)),
        FinetuneProgress::Finished { seed } => bar.line(&format!("seed {seed} is finished")),
        FinetuneProgress::Resumed { seed, step, path } => bar.line(&format!(
            "seed {seed}: resuming after step {step}, from {}",
            path.display()
        )),
        FinetuneProgress::Warning(text) => {
            bar.line(&format!("{}: {text}", painted(BAD, "warning")));
        }
        FinetuneProgress::Step {
            seed,
            step,
            done,
            loss,
            pieces_per_second,
        } => {
            let loss = if loss.is_nan() {
                "–".to_owned() // no loss was read yet
            } else {
                format!("{loss:.3}")
            };
            let rate = grouped(pieces_per_second as u64);
            bar.set(
                done,
                &format!("{label}seed {seed}, step {step}, loss {loss}, {rate} tokens/s"),
            );
        }
        FinetuneProgress::Epoch {
            seed,
            epoch,
            scores,
        } => {
            let scores = first_scores(config, &scores);
            if !scores.is_empty() {
                bar.line(&format!("seed {seed}, epoch {epoch}: dev {scores}"));
            }
        }
        FinetuneProgress::Reported {
            seed,
            epoch,
            scores,
        } => bar.line(&format!(
            "seed {seed}: epoch {epoch} reported, {}",
            first_scores(config, &scores)
        )),
    }
}

/// The selecting score, or the first one of the task, and the one after it.
fn first_scores(config: &TaskConfig, scores: &NamedScores) -> String {
    let names = config.task.scores().into_iter().map(|score| score.name);
    let selecting = config.protocol.select_by.as_str();
    let mut names: Vec<&str> = names.filter(|name| *name != selecting).collect();
    names.insert(0, selecting);
    let shown = names.iter().filter_map(|name| {
        let value = scores.get(*name)?;
        Some(format!("{name} {value:.2}"))
    });
    shown.take(2).collect::<Vec<_>>().join(", ")
}

fn number_of_seeds(n: usize) -> String {
    let seeds = if n == 1 { "seed" } else { "seeds" };
    format!("{n} {seeds}")
}

/// Writes the page of a run.
pub(super) fn write_page(config: &TaskConfig, run: &Run, outcome: &Outcome) -> Result<PathBuf> {
    let path = run.folder.join("report.html");
    let scores = config.task.scores();
    pages::task::write(&path, &outcome.results, &scores, &config.published)?;
    Ok(path)
}

/// Writes the page, and prints the table.
fn finish(config: &TaskConfig, run: &Run, outcome: &Outcome) -> Result<()> {
    let (results, scores) = (&outcome.results, config.task.scores());
    let path = write_page(config, run, outcome)?;
    print(&painted(
        BOLD,
        &format!(
            "{}: {} over {}, {}",
            results.name,
            max_mean_words(results.seeds.len()),
            number_of_seeds(results.seeds.len()),
            selection(&results.select_by, results.selected_on_this_file)
        ),
    ));
    let rows = score_rows(results, &scores);
    let figure = |row: &ScoreRow| Figure::new(row.name, max_mean(&row.report));
    print_figures(&rows.iter().map(figure).collect::<Vec<_>>(), COLUMNS);
    let published = published_here(results, &config.published).into_iter();
    let published: Vec<Figure> = published
        .map(|row| {
            let name = format!("{}, {}", row.model, row.score);
            Figure::part(name, published_value(row))
        })
        .collect();
    print_figures(&published, COLUMNS);
    let shown = |path: &std::path::Path| painted(GOOD, &path.display().to_string());
    print(&format!("Hugging Face folder  {}", shown(&outcome.export)));
    print(&format!("report               {}", shown(&path)));
    Ok(())
}

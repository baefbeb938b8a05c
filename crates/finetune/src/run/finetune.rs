//! All seeds of a run, and their results together.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Sender;

use repro::remove_folder;

use crate::error::FinetuneError;
use crate::run::definition::Run;
use crate::run::folder::RunFolder;
use crate::run::progress::{FinetuneProgress, ProgressSender};
use crate::run::results::{RunResults, SeedResults, Spread, read_json, write_json};
use crate::run::seed::finetune_seed;

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The results of the finished seeds.
    pub results: RunResults,
    /// Whether the run was stopped before its last seed was finished.
    pub stopped: bool,
    /// The model of the best seed, as a Hugging Face folder, if all seeds are finished.
    pub export: PathBuf,
}

/// Fine-tunes with every seed of a run, until all are finished or `stop` is set.
///
/// A seed that is finished is not done again, and one that was stopped continues. `progress` receives what happens; a receiver
/// that is gone stops nothing.
///
/// # Panics
///
/// If the run has neither a dev file nor a reported one.
pub fn finetune(
    run: &Run,
    progress: &Sender<FinetuneProgress>,
    stop: &AtomicBool,
) -> Result<Outcome, FinetuneError> {
    let progress = ProgressSender::new(progress);
    let folder = RunFolder::open(&run.folder, &run.made_with)?;
    let seeds: Vec<u64> = run.protocol.all_seeds().collect();
    folder.check_seeds(&seeds)?;
    // All of them are read first, so that a seed that is done again does not push out a better one that comes later.
    let mut results = seeds
        .iter()
        .map(|seed| read_json::<SeedResults>(&folder.seed(*seed).results()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut stopped = false;
    for (index, seed) in seeds.into_iter().enumerate() {
        let of_seed = folder.seed(seed);
        if results[index].is_some() {
            progress.send(FinetuneProgress::Finished { seed });
        } else {
            let done_before = index as u64 * run.steps();
            results[index] = finetune_seed(run, seed, &of_seed, done_before, &progress, stop)?;
        }
        if results[index].is_none() {
            stopped = true;
            break;
        }
        // Also of a seed that was finished before: the run may have been killed just before this.
        let checkpoints = of_seed.checkpoints();
        remove_folder(&checkpoints).map_err(FinetuneError::file(&checkpoints))?;
        keep_best(run, &folder, &results)?;
    }
    let results = together(run, results.into_iter().flatten().collect());
    write_json(&folder.results(), &results)?;
    Ok(Outcome {
        results,
        stopped,
        export: folder.export(),
    })
}

/// Keeps the model of the best seed only. What is left to do follows from the results alone, so a stop in between does no harm.
fn keep_best(
    run: &Run,
    folder: &RunFolder,
    results: &[Option<SeedResults>],
) -> Result<(), FinetuneError> {
    let finished: Vec<&SeedResults> = results.iter().flatten().collect();
    let best = best_seed(run, &finished);
    for results in finished {
        let of_seed = folder.seed(results.seed);
        let selected = of_seed.selected(results.selected_epoch);
        if Some(results.seed) == best && selected.exists() {
            let export = folder.export();
            remove_folder(&export)
                .and_then(|()| fs::rename(&selected, &export))
                .map_err(FinetuneError::file(&export))?;
        }
        of_seed.keep_selected(None)?;
    }
    Ok(())
}

/// The best of the finished seeds by the selecting score on the dev file, the first of equal ones. Without such a score it
/// is the first seed of the run, if that is finished: no score may choose that is not for selection.
fn best_seed(run: &Run, finished: &[&SeedResults]) -> Option<u64> {
    let Some(name) = run.select_by() else {
        let mut seeds = finished.iter().map(|results| results.seed);
        return seeds.find(|seed| *seed == run.protocol.first_seed);
    };
    let score = |results: &SeedResults| results.dev_scores()[name];
    let better = |best, other| {
        if score(other) > score(best) {
            other
        } else {
            best
        }
    };
    let best = finished.iter().copied().reduce(better);
    best.map(|results| results.seed)
}

/// The results of the finished seeds together.
fn together(run: &Run, finished: Vec<SeedResults>) -> RunResults {
    let scores = finished.iter().map(|results| &results.scores);
    let dev_scores = finished.iter().map(SeedResults::dev_scores);
    RunResults {
        name: run.name.clone(),
        kind: run.task.options.kind().to_owned(),
        finished: finished.len() as u64 == run.protocol.seeds,
        select_by: run.protocol.select_by.clone(),
        selected_on_this_file: run.report.is_none() && run.protocol.selects(),
        train: run.train.report.clone(),
        dev: run.dev.as_ref().map(|set| set.report.clone()),
        report: run.report_set().report.clone(),
        scores: Spread::of_scores(scores),
        dev_scores: Spread::of_scores(dev_scores),
        exported_seed: best_seed(run, &finished.iter().collect::<Vec<_>>()),
        seeds: finished,
        made_with: run.made_with.clone(),
    }
}

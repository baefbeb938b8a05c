//! All seeds of a run, and their results together.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Sender;

use burn::tensor::Device;
use repro::remove_folder;
use serde_json::Value;

use crate::error::FinetuneError;
use crate::options::protocol::ProtocolOptions;
use crate::options::training::{TaskOptimizerOptions, TrainingOptions};
use crate::run::folder::RunFolder;
use crate::run::progress::{FinetuneProgress, ProgressSender};
use crate::run::results::{RunResults, SeedResults, Spread, read_json, write_json};
use crate::run::seed::{SeedFolder, finetune_seed};
use crate::tasks::set::TaskSet;
use crate::tasks::task::Task;

/// The encoder that every seed starts from.
#[derive(Clone, Debug)]
pub struct StartFrom {
    /// The checkpoint. Its tokenizer is that of the task.
    pub checkpoint: PathBuf,
    /// Whether only the sizes of the checkpoint are taken, and all weights are drawn from the seed.
    pub random_weights: bool,
    /// Dropout of hidden states and attention probabilities while training.
    pub dropout: f64,
}

/// Everything that a run of fine-tuning is made of.
pub struct Run {
    /// The name of the task in tables.
    pub name: String,
    /// The device that computes.
    pub device: Device,
    /// The encoder.
    pub start: StartFrom,
    /// The task.
    pub task: Task,
    /// The training file.
    pub train: TaskSet,
    /// The file that epochs are selected on. It is also the reported one if `report` is `None`.
    pub dev: Option<TaskSet>,
    /// The reported file.
    pub report: Option<TaskSet>,
    /// The optimizer.
    pub optimizer: TaskOptimizerOptions,
    /// Epochs and batch.
    pub training: TrainingOptions,
    /// Seeds and selection.
    pub protocol: ProtocolOptions,
    /// Where the run writes.
    pub folder: PathBuf,
    /// The files of a finished model beside weights and config, such as the tokenizer's: their contents by their names.
    pub files: BTreeMap<String, String>,
    /// What decides the results: options, and hashes of the files. Results of something else are refused.
    pub made_with: BTreeMap<String, Value>,
}

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
    let mut finished: Vec<SeedResults> = Vec::new();
    let mut stopped = false;
    for (seed, done_before) in run.protocol.all_seeds().zip((0..).map(|n| n * run.steps())) {
        let of_seed = SeedFolder(folder.seed(seed));
        let results = match read_json(&of_seed.results())? {
            Some(results) => {
                progress.send(FinetuneProgress::Finished { seed });
                results
            }
            None => {
                let results = finetune_seed(run, seed, &of_seed, done_before, &progress, stop)?;
                let Some(results) = results else {
                    stopped = true;
                    break;
                };
                results
            }
        };
        finished.push(results);
        keep_best(run, &folder, &finished)?;
    }
    let results = run.results(finished);
    write_json(&folder.results(), &results)?;
    Ok(Outcome {
        results,
        stopped,
        export: folder.export(),
    })
}

/// Keeps the model of the best seed only. What is left to do follows from the results alone, so a stop in between does no harm.
fn keep_best(run: &Run, folder: &RunFolder, finished: &[SeedResults]) -> Result<(), FinetuneError> {
    let best = run.best_seed(finished);
    for results in finished {
        let selected = SeedFolder(folder.seed(results.seed)).selected();
        if !selected.exists() {
            continue;
        }
        if Some(results.seed) == best {
            let export = folder.export();
            remove_folder(&export)
                .and_then(|()| fs::rename(&selected, &export))
                .map_err(FinetuneError::file(&export))?;
        } else {
            remove_folder(&selected).map_err(FinetuneError::file(&selected))?;
        }
    }
    Ok(())
}

impl Run {
    /// The steps of a seed.
    pub fn steps(&self) -> u64 {
        let per_epoch = self.training.steps_per_epoch(self.train.examples.len());
        per_epoch * self.training.epochs
    }

    /// The score by which an epoch is selected; `None` for the last epoch.
    pub(crate) fn select_by(&self) -> Option<&str> {
        let protocol = &self.protocol;
        protocol.selects().then_some(protocol.select_by.as_str())
    }

    /// The file that epochs are selected on.
    pub(crate) fn selection_set(&self) -> Option<&TaskSet> {
        self.dev.as_ref()
    }

    /// The reported file.
    pub(crate) fn report_set(&self) -> &TaskSet {
        let set = self.report.as_ref().or(self.dev.as_ref());
        set.expect("a run has a file to report")
    }

    /// The best of the finished seeds by the selecting score on the dev file, the first of equal ones. Without such a score
    /// it is the first seed: no score may choose that is not for selection.
    fn best_seed(&self, finished: &[SeedResults]) -> Option<u64> {
        let Some(name) = self.select_by() else {
            return finished.first().map(|results| results.seed);
        };
        let score = |results: &SeedResults| results.dev_scores()[name];
        let better = |best, other| {
            if score(other) > score(best) {
                other
            } else {
                best
            }
        };
        finished.iter().reduce(better).map(|results| results.seed)
    }

    /// The results of the finished seeds together.
    fn results(&self, finished: Vec<SeedResults>) -> RunResults {
        let scores = finished.iter().map(|results| &results.scores);
        let dev_scores = finished.iter().map(SeedResults::dev_scores);
        RunResults {
            name: self.name.clone(),
            kind: self.task.options.kind().to_owned(),
            finished: finished.len() as u64 == self.protocol.seeds,
            select_by: self.protocol.select_by.clone(),
            selected_on_this_file: self.report.is_none() && self.protocol.selects(),
            train: self.train.report.clone(),
            dev: self.dev.as_ref().map(|set| set.report.clone()),
            report: self.report_set().report.clone(),
            scores: Spread::of_scores(scores),
            dev_scores: Spread::of_scores(dev_scores),
            exported_seed: self.best_seed(&finished),
            seeds: finished,
            made_with: self.made_with.clone(),
        }
    }
}

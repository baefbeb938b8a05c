//! The scores of a study's tasks: for every arm, over the seeds of pre-training.

use std::collections::BTreeMap;

use finetune::{RunResults, ScoreInfo};
use serde::Serialize;

use super::comparison::{Better, Comparison};

/// The scores of one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TaskResults {
    /// The name of the task in the study.
    pub name: String,
    /// Number of runs of pre-training that were fine-tuned with all seeds of the task.
    pub n_finished: usize,
    /// Number of seeds of fine-tuning. The score of a run is the mean over them.
    pub n_seeds: u64,
    /// How an epoch is selected, in words.
    pub selection: String,
    /// The scores, in the order of the task. Pairs of arms are compared by the first one.
    pub scores: Vec<TaskScore>,
}

/// One score of a task, in percent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TaskScore {
    /// The score.
    pub name: String,
    /// The arms.
    pub comparison: Comparison,
}

/// A run of pre-training that was fine-tuned with all seeds of a task.
pub(crate) struct FinishedTask {
    /// The arm, by its index.
    pub arm: usize,
    /// The seed of pre-training.
    pub seed: u64,
    /// The results of fine-tuning.
    pub results: RunResults,
}

/// What a study knows of a task before it is done.
pub(crate) struct TaskInfo {
    /// The name of the task in the study.
    pub name: String,
    /// Number of seeds of fine-tuning.
    pub n_seeds: u64,
    /// How an epoch is selected, in words.
    pub selection: String,
    /// The scores. The first one compares arms.
    pub scores: Vec<ScoreInfo>,
}

impl TaskResults {
    /// Puts the finished runs of a task together. `arms` are the names of the arms.
    pub(crate) fn new(task: TaskInfo, arms: &[&str], finished: &[FinishedTask]) -> Self {
        let by_seed = |arm: usize, score: &str| -> BTreeMap<u64, f64> {
            let of_arm = finished.iter().filter(|one| one.arm == arm);
            let means = of_arm.filter_map(|one| {
                let spread = one.results.scores.get(score)?;
                Some((one.seed, spread.mean))
            });
            means.collect()
        };
        let score = |(index, score): (usize, &ScoreInfo)| {
            let values = arms.iter().enumerate();
            let values = values.map(|(arm, name)| ((*name).to_owned(), by_seed(arm, score.name)));
            let better = if score.is_higher_better {
                Better::Higher
            } else {
                Better::Lower
            };
            TaskScore {
                name: score.name.to_owned(),
                comparison: Comparison::new(better, values.collect(), |_, _| index == 0),
            }
        };
        Self {
            n_finished: finished.len(),
            n_seeds: task.n_seeds,
            selection: task.selection,
            scores: task.scores.iter().enumerate().map(score).collect(),
            name: task.name,
        }
    }
}

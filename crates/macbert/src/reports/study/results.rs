//! The results of a study: `study.json`. They follow from the results of the finished runs, and say what is missing.

use std::collections::BTreeMap;

use finetune::Spread;
use masking::Objective;
use serde::Serialize;
use sop::PairObjective;

use super::comparison::{Better, Comparison};
use super::run_results::{Measured, MeasuredPoint, RunResults};
use super::tasks::TaskResults;
use crate::config::study::OWN;

/// The results of a study.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct StudyResults {
    /// Number of runs: arms × seeds.
    pub n_runs: usize,
    /// Number of finished runs.
    pub n_finished: usize,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// The arms.
    pub arms: Vec<ArmInfo>,
    /// The held-out losses: under the own objective of each arm, then under each judge.
    pub measures: Vec<Measure>,
    /// The tasks.
    pub tasks: Vec<TaskResults>,
    /// What is not finished.
    pub missing: Vec<Missing>,
}

/// A run that is not finished, or a task of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Missing {
    /// The arm.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// The task; `None` if the run itself is not finished.
    pub task: Option<String>,
    /// Why the last call failed to finish it; `None` if it has not been tried.
    pub cause: Option<String>,
}

/// What an arm is, and what it was trained on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ArmInfo {
    /// The name.
    pub name: String,
    /// What it changes of the job.
    pub set: Vec<String>,
    /// What is masked, and how.
    pub objective: Objective,
    /// How the two texts of an example are drawn.
    pub pairs: PairObjective,
    /// The name of its shards.
    pub shards: String,
    /// Number of steps.
    pub steps: u64,
    /// Number of examples of all steps.
    pub n_examples: u64,
    /// Number of pieces of these examples, without padding, by the seed of each finished run.
    pub n_pieces: BTreeMap<u64, u64>,
}

/// The held-out losses under one objective.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Measure {
    /// The judge, or `own`.
    pub name: String,
    /// The loss of a model that guesses labels by their frequency, in nats; `None` for `own`, because it differs by arm.
    pub unigram_loss: Option<f64>,
    /// The curves.
    pub curves: Vec<ArmCurve>,
    /// The masked loss at the end, in nats.
    pub masked_loss: Comparison,
    /// The masked accuracy at the end, 0 to 1.
    pub masked_accuracy: Comparison,
    /// The order accuracy at the end, 0 to 1; without arms that did not learn these order labels.
    pub order_accuracy: Comparison,
}

/// The held-out loss of an arm over the steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ArmCurve {
    /// The arm.
    pub arm: String,
    /// The points.
    pub points: Vec<BandPoint>,
}

/// The masked loss after a step, over the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct BandPoint {
    /// The step.
    pub step: u64,
    /// The spread.
    pub masked_loss: Spread,
}

/// A finished run.
#[derive(Clone, Debug)]
pub(crate) struct FinishedRun {
    /// The arm, by its index.
    pub arm: usize,
    /// The seed.
    pub seed: u64,
    /// The results.
    pub results: RunResults,
}

impl StudyResults {
    /// Puts the finished runs together. `judges` are the names and pairs of the judges.
    pub(crate) fn new(
        mut arms: Vec<ArmInfo>,
        seeds: &[u64],
        judges: &[(&str, PairObjective)],
        runs: &[FinishedRun],
        tasks: Vec<TaskResults>,
        missing: Vec<Missing>,
    ) -> Self {
        for run in runs {
            let pieces = &mut arms[run.arm].n_pieces;
            pieces.insert(run.seed, run.results.n_pieces);
        }
        // Losses over other labels, or over labels in other inputs, cannot be compared. Rates of earlier steps do not matter.
        let is_same = |a: &ArmInfo, b: &ArmInfo| {
            a.objective.held_out() == b.objective.held_out()
                && a.pairs == b.pairs
                && a.shards == b.shards
        };
        let own = Measure::new(OWN, None, &arms, runs, |a, b| is_same(&arms[a], &arms[b]));
        let judged = judges
            .iter()
            .map(|(judge, pairs)| Measure::new(judge, Some(*pairs), &arms, runs, |_, _| true));
        Self {
            n_runs: arms.len() * seeds.len(),
            n_finished: runs.len(),
            seeds: seeds.to_vec(),
            measures: std::iter::once(own).chain(judged).collect(),
            tasks,
            missing,
            arms,
        }
    }

    /// Whether all arms were trained on as many examples.
    pub(crate) fn has_equal_examples(&self) -> bool {
        let mut arms = self.arms.iter().map(|arm| arm.n_examples);
        let first = arms.next();
        arms.all(|n_examples| Some(n_examples) == first)
    }
}

impl Missing {
    /// The name of the run, or of the run and its task: `mac, seed 2, reviews`.
    pub(crate) fn name(&self) -> String {
        let run = format!("{}, seed {}", self.arm, self.seed);
        match &self.task {
            Some(task) => format!("{run}, {task}"),
            None => run,
        }
    }
}

impl Measure {
    /// Puts the losses under a judge together. Without `pairs` it is the own objective of each arm.
    fn new(
        name: &str,
        pairs: Option<PairObjective>,
        arms: &[ArmInfo],
        runs: &[FinishedRun],
        can_be_compared: impl Fn(usize, usize) -> bool,
    ) -> Self {
        let measured = |arm: usize| -> BTreeMap<u64, &Measured> {
            let of_arm = runs.iter().filter(|run| run.arm == arm);
            let found = of_arm.filter_map(|run| Some((run.seed, of_run(&run.results, name)?)));
            found.collect()
        };
        let measured: Vec<_> = (0..arms.len()).map(measured).collect();
        let at_end =
            |figure: fn(&MeasuredPoint) -> Option<f64>| -> Vec<(String, BTreeMap<u64, f64>)> {
                let by_seed = |measured: &BTreeMap<u64, &Measured>| {
                    let values = measured.iter();
                    let values = values.filter_map(|(seed, of)| Some((*seed, figure(of.last()?)?)));
                    values.collect()
                };
                let names = arms.iter().map(|arm| arm.name.clone());
                names.zip(measured.iter().map(by_seed)).collect()
            };
        let curve = |(arm, measured): (&ArmInfo, &BTreeMap<u64, &Measured>)| ArmCurve {
            arm: arm.name.clone(),
            points: band(measured.values().copied()),
        };
        // The order head of an arm knows the labels that it was trained on, and no others.
        let has_learned = |arm: &ArmInfo| {
            arm.pairs != PairObjective::None && pairs.is_none_or(|pairs| pairs == arm.pairs)
        };
        let order = arms.iter().zip(at_end(|point| point.order_accuracy));
        let order = order.filter(|(arm, _)| has_learned(arm));
        let order = order.map(|(_, figure)| figure).collect();
        let unigram = runs.first().and_then(|run| run.results.judges.get(name));
        Self {
            name: name.to_owned(),
            unigram_loss: unigram.map(|measured| measured.unigram_loss),
            curves: arms.iter().zip(&measured).map(curve).collect(),
            masked_loss: Comparison::new(
                Better::Lower,
                at_end(|point| Some(point.masked_loss)),
                can_be_compared,
            ),
            masked_accuracy: Comparison::new(
                Better::Higher,
                at_end(|point| Some(point.masked_accuracy)),
                |_, _| false,
            ),
            order_accuracy: Comparison::new(Better::Higher, order, |_, _| false),
        }
    }
}

/// The curves of a run under a judge, or under its own objective.
fn of_run<'r>(results: &'r RunResults, name: &str) -> Option<&'r Measured> {
    if name == OWN {
        Some(&results.own)
    } else {
        results.judges.get(name)
    }
}

/// The spread of the masked loss over seeds, by step.
fn band<'m>(seeds: impl Iterator<Item = &'m Measured>) -> Vec<BandPoint> {
    let mut by_step: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for point in seeds.flat_map(|measured| &measured.points) {
        by_step
            .entry(point.step)
            .or_default()
            .push(point.masked_loss);
    }
    let points = by_step.into_iter().filter_map(|(step, values)| {
        let masked_loss = Spread::of(&values)?;
        Some(BandPoint { step, masked_loss })
    });
    points.collect()
}

#[cfg(test)]
pub(crate) mod tests;

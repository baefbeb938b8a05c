//! Results of a small study that was not run, and what is computed from them.

use std::collections::BTreeMap;

use masking::ObjectiveName;
use sop::PairObjective;

use super::{ArmInfo, FinishedRun, StudyResults};
use crate::reports::study::comparison::{Better, Comparison, Verdict};
use crate::reports::study::costs::CellCost;
use crate::reports::study::run_results::{Measured, MeasuredPoint, RunCost, RunResults};
use crate::reports::study::tasks::{TaskResults, TaskScore};

fn arm(name: &str, objective: ObjectiveName, set: &[&str]) -> ArmInfo {
    ArmInfo {
        name: name.to_owned(),
        set: set.iter().map(|change| (*change).to_owned()).collect(),
        objective: objective.objective(),
        pairs: PairObjective::Sop,
        shards: "0123456789ab".to_owned(),
        steps: 200,
        n_examples: 1600,
        n_pieces: BTreeMap::new(),
    }
}

fn measured(losses: [f64; 2], order_accuracy: Option<f64>) -> Measured {
    let points = [100, 200].into_iter().zip(losses);
    let point = |(step, masked_loss): (u64, f64)| MeasuredPoint {
        step,
        masked_loss,
        masked_accuracy: 1.0 / masked_loss,
        order_accuracy,
    };
    Measured {
        unigram_loss: 6.5,
        points: points.map(point).collect(),
    }
}

/// A task on which the first arm is best in every seed.
fn task(n_seeds: u64) -> TaskResults {
    let values = |shift: f64| {
        (1..=n_seeds)
            .map(|seed| (seed, 70.0 + seed as f64 + shift))
            .collect()
    };
    let arms = [("mac", 0.0), ("mac-fast", -0.5), ("wwm", -2.0)];
    let arms = arms.map(|(arm, shift)| (arm.to_owned(), values(shift)));
    let score = |name: &str, compares: bool| TaskScore {
        name: name.to_owned(),
        comparison: Comparison::new(Better::Higher, arms.to_vec(), |_, _| compares),
    };
    TaskResults {
        name: "reviews".to_owned(),
        n_finished: 3 * n_seeds as usize,
        n_seeds: 2,
        selection: "the last epoch".to_owned(),
        scores: vec![score("accuracy", true), score("macro_f1", false)],
    }
}

/// Three arms: the first two have the same objective. Under the judge the third is better in every seed.
pub(crate) fn study(n_seeds: u64) -> StudyResults {
    judged(n_seeds, PairObjective::None)
}

/// The same with a judge that has these pairs.
fn judged(n_seeds: u64, judge_pairs: PairObjective) -> StudyResults {
    let arms = vec![
        arm("mac", ObjectiveName::Mac, &[]),
        arm(
            "mac-fast",
            ObjectiveName::Mac,
            &["optimizer.peak_rate=2e-3"],
        ),
        arm("wwm", ObjectiveName::Wwm, &["masking.objective=wwm"]),
    ];
    let mut runs = Vec::new();
    for seed in 1..=n_seeds {
        let noise = [0.0, 0.5, -0.25, 0.125][seed as usize % 4];
        for (index, shift) in [0.0, noise / 2.0, -0.375].into_iter().enumerate() {
            let loss = 5.0 + noise + shift;
            let judge = measured([loss + 1.0, loss], None);
            runs.push(FinishedRun {
                arm: index,
                seed,
                results: RunResults {
                    steps: 200,
                    skipped_steps: 0,
                    n_examples: 1600,
                    n_pieces: 100_000 + seed,
                    own: measured([loss + 2.0, loss + 1.0], Some(0.75)),
                    judges: BTreeMap::from([("mac".to_owned(), judge)]),
                },
            });
        }
    }
    let seeds: Vec<u64> = (1..=n_seeds).collect();
    StudyResults::new(
        arms,
        &seeds,
        &[("mac", judge_pairs)],
        &runs,
        vec![task(n_seeds)],
        Vec::new(),
    )
}

/// The costs of these runs.
pub(crate) fn costs(n_seeds: u64) -> Vec<CellCost> {
    let cost = |seed: u64, arm: &str| CellCost {
        arm: arm.to_owned(),
        seed,
        steps: 200,
        n_pieces: 100_000 + seed,
        cost: RunCost {
            device: "flex".to_owned(),
            seconds: 10.0,
        },
    };
    let seeds = 1..=n_seeds;
    seeds
        .flat_map(|seed| ["mac", "mac-fast", "wwm"].map(|arm| cost(seed, arm)))
        .collect()
}

#[test]
fn losses_are_compared_under_a_judge_and_under_one_objective_only() {
    let results = study(3);
    let [own, judge] = &results.measures[..] else {
        panic!("two measures")
    };
    let pairs = |measure: &super::Measure| {
        let pairs = measure.masked_loss.pairs.iter();
        let pairs = pairs.map(|pair| (format!("{} {}", pair.a, pair.b), pair.verdict));
        pairs.collect::<Vec<_>>()
    };
    assert_eq!(
        pairs(own),
        [("mac mac-fast".to_owned(), Verdict::InsideTheSpread)]
    );
    assert_eq!(
        pairs(judge),
        [
            ("mac mac-fast".to_owned(), Verdict::InsideTheSpread),
            ("mac wwm".to_owned(), Verdict::SecondIsBetter),
            // mac-fast − wwm is 0.375 + noise / 2: 0.625, 0.25 and 0.4375.
            ("mac-fast wwm".to_owned(), Verdict::SecondIsBetter),
        ]
    );
}

/// Held-out examples have the last rate, so the rates of earlier steps do not matter.
#[test]
fn arms_with_the_same_last_rate_are_compared_under_their_own_objectives() {
    let compared = |last_rate: f64| {
        let mut arms = vec![
            arm("mac", ObjectiveName::Mac, &[]),
            arm("falling", ObjectiveName::Mac, &[]),
        ];
        arms[1].objective.rate = 0.3;
        arms[1].objective.last_rate = Some(last_rate);
        let seeds = [1, 2, 3];
        let run = |arm, seed| FinishedRun {
            arm,
            seed,
            results: RunResults {
                steps: 200,
                skipped_steps: 0,
                n_examples: 1600,
                n_pieces: 100_000,
                own: measured([2.0, 1.0], None),
                judges: BTreeMap::new(),
            },
        };
        let runs = seeds.map(|seed| [run(0, seed), run(1, seed)]);
        let runs = runs.as_flattened();
        let results = StudyResults::new(arms, &seeds, &[], runs, Vec::new(), Vec::new());
        results.measures[0].masked_loss.pairs.len()
    };
    assert_eq!([0.15, 0.2].map(compared), [1, 0]);
}

#[test]
fn a_band_reaches_over_all_seeds() {
    let results = study(3);
    let curve = &results.measures[1].curves[0];
    let band = curve.points.iter().map(|point| {
        let spread = point.masked_loss;
        (point.step, spread.min, spread.max, spread.n)
    });
    // The noise of seeds 1, 2, 3 is 0.5, −0.25, 0.125.
    assert_eq!(
        band.collect::<Vec<_>>(),
        [(100, 5.75, 6.5, 3), (200, 4.75, 5.5, 3)]
    );
    assert_eq!(results.arms[0].n_pieces[&2], 100_002);
    assert_eq!(results.n_finished, 9);
}

#[test]
fn order_accuracy_is_shown_for_arms_that_learned_these_labels() {
    let order = |pairs| {
        let results = judged(1, pairs);
        let measures = results.measures.iter();
        let n_arms = measures.map(|measure| measure.order_accuracy.arms.len());
        n_arms.collect::<Vec<_>>()
    };
    assert_eq!(order(PairObjective::Sop), [3, 3]);
    assert_eq!(order(PairObjective::None), [3, 0]);
    assert_eq!(
        order(PairObjective::Nsp),
        [3, 0],
        "the arms have learned sentence order"
    );
}

//! Loader threads draw steps ahead of the device: the same steps in the same order, from any step on.

use std::sync::Arc;
use std::time::Duration;

use dataset::{DatasetError, Loader, StepBatch, TrainingExamples};
use shard::Split;

use crate::rows::{LAST, PREPARED};

fn train() -> Arc<TrainingExamples> {
    Arc::new(PREPARED.examples(Split::Train))
}

/// Loads steps of 7 examples in micro-batches of 3.
fn loaded(steps: std::ops::RangeInclusive<u64>, n_threads: usize) -> Vec<StepBatch> {
    let n = steps.clone().count();
    let examples = train();
    let mut loader = Loader::start(&examples, steps, 7, 3, n_threads);
    (0..n).map(|_| loader.next_step().unwrap()).collect()
}

#[test]
fn any_number_of_threads_loads_the_same_steps() {
    let examples = train();
    let drawn: Vec<StepBatch> = (1..=30)
        .map(|step| examples.step(step, LAST, 7, 3).unwrap())
        .collect();
    for n_threads in [0, 1, 4, 50] {
        assert!(loaded(1..=30, n_threads) == drawn, "{n_threads} threads");
    }
}

#[test]
fn a_loader_that_starts_later_loads_the_same_steps_from_there_on() {
    let all = loaded(1..=30, 2);
    for first in [2, 13, 30] {
        for n_threads in [1, 4] {
            assert!(
                loaded(first..=30, n_threads) == all[first as usize - 1..],
                "from {first}"
            );
        }
    }
}

#[test]
fn a_loader_ends_after_the_last_step() {
    let examples = train();
    let mut loader = Loader::start(&examples, 1..=2, 4, 4, 3);
    assert!(loader.next_step().is_ok() && loader.next_step().is_ok());
    assert!(matches!(loader.next_step(), Err(DatasetError::LoaderEnded)));
}

#[test]
fn a_loader_that_is_dropped_early_ends_its_threads() {
    let examples = train();
    let mut loader = Loader::start(&examples, 1..=u64::MAX, 4, 4, 3);
    loader.next_step().unwrap();
    drop(loader);
    assert_eq!(
        Arc::strong_count(&examples),
        1,
        "no thread holds the shards"
    );
}

#[test]
fn the_time_spent_waiting_for_a_step_is_measured() {
    let examples = train();
    let mut loader = Loader::start(&examples, 1..=1, 64, 64, 1);
    loader.next_step().unwrap();
    assert!(loader.take_waited() > Duration::ZERO);
    assert_eq!(loader.take_waited(), Duration::ZERO);
}

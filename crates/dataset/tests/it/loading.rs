//! Threads ahead of the device: the same steps in the same order, from any step on.

use std::time::Duration;

use dataset::{Loader, LoaderError, StepBatch};
use shard::Split;

use crate::material::MATERIAL;

fn loaded(steps: std::ops::RangeInclusive<u64>, n_threads: usize) -> Vec<StepBatch> {
    let n = steps.clone().count();
    let examples = MATERIAL.side(Split::Train);
    let mut loader = Loader::start(&examples, steps, (7, 3), n_threads);
    (0..n).map(|_| loader.next_step().unwrap()).collect()
}

#[test]
fn any_number_of_threads_loads_the_same_steps() {
    let examples = MATERIAL.side(Split::Train);
    let drawn: Vec<StepBatch> = (1..=30)
        .map(|step| examples.step(step, 7, 3).unwrap())
        .collect();
    for n_threads in [0, 1, 4, 50] {
        assert!(loaded(1..=30, n_threads) == drawn, "{n_threads} threads");
    }
}

#[test]
fn a_loader_that_starts_later_goes_on_as_if_it_had_never_stopped() {
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
fn after_the_last_step_there_is_none() {
    let examples = MATERIAL.side(Split::Train);
    let mut loader = Loader::start(&examples, 1..=2, (4, 4), 3);
    assert!(loader.next_step().is_ok() && loader.next_step().is_ok());
    assert!(matches!(loader.next_step(), Err(LoaderError::Ended)));
}

#[test]
fn a_loader_that_is_dropped_early_ends_its_threads() {
    let examples = MATERIAL.side(Split::Train);
    let mut loader = Loader::start(&examples, 1..=u64::MAX, (4, 4), 3);
    loader.next_step().unwrap();
    drop(loader);
    assert_eq!(
        std::sync::Arc::strong_count(&examples),
        1,
        "no thread holds the shards"
    );
}

#[test]
fn waiting_is_measured() {
    let examples = MATERIAL.side(Split::Train);
    let mut loader = Loader::start(&examples, 1..=1, (64, 64), 1);
    loader.next_step().unwrap();
    assert!(loader.take_waited() > Duration::ZERO);
    assert_eq!(loader.take_waited(), Duration::ZERO);
}

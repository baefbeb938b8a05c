//! Steps read one epoch after the other, each in an order of its own (method §8.16).

use std::collections::HashMap;

use fixtures::{Prepared, documents};
use shard::Split;

use crate::rows::{LAST, PREPARED, Row, rows};

/// The rows of the first steps of a side, end to end.
fn stream(prepared: &Prepared, n_steps: u64, examples_per_step: usize) -> Vec<Row> {
    let examples = prepared.examples(Split::Train);
    let step = |step| examples.step(step, LAST, examples_per_step, 3).unwrap();
    (1..=n_steps)
        .flat_map(|number| rows(&step(number).micro_batches))
        .collect()
}

#[test]
fn an_epoch_has_every_example_once_and_the_next_one_draws_new_masks() {
    let n = PREPARED.shards(Split::Train).len();
    let rows = stream(&PREPARED, n.div_ceil(4) as u64 * 2, 8);
    let [first, second] = [&rows[..n], &rows[n..2 * n]].map(|epoch| {
        let rows: HashMap<_, _> = epoch.iter().map(|row| (row.key, row)).collect();
        assert_eq!(rows.len(), n, "an example came twice in an epoch");
        rows
    });
    assert!(
        rows[..n]
            .iter()
            .zip(&rows[n..])
            .any(|(one, other)| one.key != other.key)
    );
    let drawn_anew = first
        .iter()
        .filter(|(key, row)| second[key].masked != row.masked);
    assert!(drawn_anew.count() > n * 9 / 10);
    let moved = first
        .iter()
        .filter(|(key, row)| second[key].segment_ids != row.segment_ids);
    assert!(moved.count() > n / 4, "boundaries are drawn anew");
}

#[test]
fn a_step_can_hold_examples_of_two_epochs() {
    let n = PREPARED.shards(Split::Train).len();
    let examples_per_step = if n.is_multiple_of(7) { 8 } else { 7 };
    assert!(!n.is_multiple_of(examples_per_step));
    let examples = PREPARED.examples(Split::Train);
    let across = n.div_ceil(examples_per_step) as u64;
    let step = examples
        .step(across, LAST, examples_per_step, examples_per_step)
        .unwrap();
    assert_eq!(
        step.epoch, 1,
        "its last example belongs to the second epoch"
    );
    assert_eq!(
        examples
            .step(across - 1, LAST, examples_per_step, 1)
            .unwrap()
            .epoch,
        0
    );
    assert_eq!(
        rows(&step.micro_batches).len(),
        examples_per_step,
        "no step is smaller"
    );
    let ones = stream(&PREPARED, across * examples_per_step as u64, 1);
    assert_eq!(stream(&PREPARED, across, examples_per_step), ones);
}

#[test]
fn an_epoch_may_be_smaller_than_a_step() {
    let prepared = Prepared::of(&documents(5));
    let n = prepared.shards(Split::Train).len();
    assert!(n < 16, "{n} examples");
    let rows = stream(&prepared, 2, 16);
    assert_eq!(rows.len(), 32);
    for epoch in rows.chunks_exact(n) {
        let mut keys: Vec<_> = epoch.iter().map(|row| row.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), n);
    }
}

#[test]
fn another_seed_gives_another_order_and_other_masks() {
    let examples = |seed| {
        PREPARED
            .examples_with(Split::Train, sop::PairObjective::Sop, seed)
            .unwrap()
    };
    let step = |seed| rows(&examples(seed).step(1, LAST, 8, 8).unwrap().micro_batches);
    assert_eq!(step(1), step(1));
    let keys = |rows: &[Row]| rows.iter().map(|row| row.key).collect::<Vec<_>>();
    assert_ne!(keys(&step(1)), keys(&step(2)));
    let masked = |seed| examples(seed).drawn(0, 0).unwrap().masked;
    assert_ne!(masked(1).positions, masked(2).positions);
}

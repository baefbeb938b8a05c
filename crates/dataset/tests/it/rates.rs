//! The rate of masks changes in the course of a run, and follows from the step alone.

use std::sync::Arc;

use dataset::{Loader, TrainingExamples, evaluation_batches, max_predictions};
use masking::budget;
use shard::Split;

use crate::rows::{LAST, PREPARED, Row, rows};

fn falling() -> TrainingExamples {
    PREPARED.examples_with_rates(Split::Train, 0.3, 0.15)
}

fn constant(rate: f64) -> TrainingExamples {
    PREPARED.examples_with_rates(Split::Train, rate, rate)
}

fn step(examples: &TrainingExamples, step: u64) -> Vec<Row> {
    rows(&examples.step(step, LAST, 8, 4).unwrap().micro_batches)
}

#[test]
fn the_first_step_has_the_first_rate_and_the_last_step_the_last() {
    let falling = falling();
    assert_eq!(step(&falling, 1), step(&constant(0.3), 1));
    assert_eq!(step(&falling, LAST), step(&constant(0.15), LAST));
    // Step 34 of 100 has done a third of the way.
    assert_eq!(step(&falling, 34), step(&constant(0.25), 34));
    assert_ne!(step(&falling, 34), step(&constant(0.3), 34));
    assert_ne!(step(&falling, 34), step(&constant(0.15), 34));
}

/// The share of the pieces of some steps that are masked, and the share that their budgets ask for at a rate.
fn shares(
    examples: &TrainingExamples,
    steps: std::ops::RangeInclusive<u64>,
    rate: f64,
) -> [f64; 2] {
    let [mut masked, mut asked, mut pieces] = [0; 3];
    for row in steps.flat_map(|number| step(examples, number)) {
        masked += row.masked.len();
        asked += budget(rate, row.input_ids.len());
        pieces += row.input_ids.len();
    }
    [masked, asked].map(|n| n as f64 / pieces as f64)
}

/// A budget is rounded down, so the share of short examples is below the rate.
#[test]
fn early_steps_mask_about_twice_as_many_pieces_as_late_steps() {
    let falling = falling();
    let [early, asked_early] = shares(&falling, 1..=10, 0.293);
    let [late, asked_late] = shares(&falling, 91..=100, 0.157);
    assert!((0.25..0.3).contains(&early), "{early}");
    assert!((0.11..0.16).contains(&late), "{late}");
    assert!(
        (early - asked_early).abs() < 0.012,
        "{early}, {asked_early}"
    );
    assert!((late - asked_late).abs() < 0.012, "{late}, {asked_late}");
}

#[test]
fn a_loader_that_starts_later_draws_the_masks_of_one_that_never_stopped() {
    let load = |first: u64, n_threads| {
        let mut loader = Loader::start(&Arc::new(falling()), first..=30, 8, 3, n_threads);
        let steps = (first..=30).map(|_| loader.next_step().unwrap());
        steps.collect::<Vec<_>>()
    };
    let whole = load(1, 1);
    for first in [2, 17, 30] {
        assert!(load(first, 3) == whole[first as usize - 1..], "{first}");
    }
}

#[test]
fn held_out_examples_are_masked_at_the_last_rate() {
    let batches = |examples: &TrainingExamples| {
        let batches = evaluation_batches(examples, 8);
        batches.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let falling = PREPARED.examples_with_rates(Split::HeldOut, 0.3, 0.15);
    assert_eq!(
        batches(&falling),
        batches(&PREPARED.examples(Split::HeldOut))
    );
}

#[test]
fn a_fixed_number_of_positions_holds_the_masks_of_every_step() {
    let width = max_predictions(&falling()).unwrap();
    assert_eq!(width, max_predictions(&constant(0.3)).unwrap());
    let rising = PREPARED.examples_with_rates(Split::Train, 0.15, 0.3);
    assert_eq!(width, max_predictions(&rising).unwrap());
    assert!(width > max_predictions(&constant(0.15)).unwrap());
}

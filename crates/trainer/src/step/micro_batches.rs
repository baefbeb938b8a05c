//! The same step, however its examples are divided into micro-batches.

use burn::tensor::{Device, Tensor};
use dataset::StepBatch;
use device::numbers;
use model::{ParameterInfo, ParameterVisitor, visit_parameters};

use super::forward_and_backward;
use super::tiny::{model, step, step_of, step_without_order_of};
use crate::together::Reached;

struct Outcome {
    losses: [f64; 2],
    norm: f64,
    gradients: Vec<(String, Vec<f64>)>,
}

fn outcome(micro_batch_size: usize, dropout: f64) -> Outcome {
    let model = model(dropout, Device::flex());
    let (mut gradients, losses) =
        forward_and_backward(&model, &step(micro_batch_size)).expect("gradients");
    let [masked_loss, order_loss] = losses.map(|loss| numbers(loss)[0]);
    let norm = numbers(gradients.norm(&model.device()))[0];
    let by_name = gradients.by_name().iter();
    Outcome {
        losses: [masked_loss, order_loss],
        norm,
        gradients: by_name
            .map(|(name, gradient)| (name.clone(), numbers(gradient.clone())))
            .collect(),
    }
}

/// Invariant 5 of ARCHITECTURE.md, and method §5: the gradients are those of one large batch.
#[test]
fn one_by_eight_four_by_two_and_eight_by_one_agree() {
    let whole = outcome(8, 0.0);
    for size in [2, 1] {
        let parts = outcome(size, 0.0);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs();
        assert!(
            close(parts.losses[0], whole.losses[0]),
            "{:?} {:?}",
            parts.losses,
            whole.losses
        );
        assert!(
            close(parts.losses[1], whole.losses[1]),
            "{:?} {:?}",
            parts.losses,
            whole.losses
        );
        assert!(
            close(parts.norm, whole.norm),
            "{} {}",
            parts.norm,
            whole.norm
        );
        for ((name, parts), (_, of_whole)) in parts.gradients.iter().zip(&whole.gradients) {
            let worst = parts.iter().zip(of_whole).map(|(a, b)| (a - b).abs());
            let worst = worst.fold(0.0, f64::max);
            assert!(
                worst <= 1e-6 * whole.norm,
                "{name}: {worst} of {}",
                whole.norm
            );
        }
    }
}

/// Method §3.3: the order loss of a step is the mean over its order labels.
#[test]
fn an_example_without_an_order_label_does_not_count_in_the_order_loss() {
    const UNLABELLED: usize = 5;
    let model = model(0.0, Device::flex());
    let order_loss = |batch: &StepBatch| {
        let (_, [_, order_loss]) = forward_and_backward(&model, batch).expect("gradients");
        numbers(order_loss)[0]
    };
    let losses = (0..8).filter(|row| *row != UNLABELLED);
    let losses: f64 = losses.map(|row| order_loss(&step_of(row))).sum();
    for size in [1, 2, 8] {
        let step = step_without_order_of(UNLABELLED, size);
        assert_eq!(step.n_order_labels, 7);
        let found = order_loss(&step);
        assert!(
            (found - losses / 7.0).abs() < 1e-6,
            "{size}: {found}, expected {}",
            losses / 7.0
        );
    }
}

#[test]
fn every_parameter_has_a_gradient() {
    let gradients = outcome(8, 0.0).gradients;
    assert_eq!(gradients.len(), 46);
    let still = gradients
        .iter()
        .filter(|(_, gradient)| gradient.iter().all(|x| *x == 0.0));
    assert_eq!(still.count(), 0);
}

/// Processes that train together rely on this rule.
#[test]
fn the_rule_of_which_loss_reaches_a_parameter_is_that_of_the_backward_pass() {
    let model = model(0.0, Device::flex());
    let without_order = |step: StepBatch| {
        let mut micro_batches = step.micro_batches;
        micro_batches[0].order_labels.clear();
        StepBatch::new(1, 0, micro_batches)
    };
    let without_masks = |step: StepBatch| {
        let mut micro_batches = step.micro_batches;
        micro_batches[0].masked_indices.clear();
        micro_batches[0].masked_labels.clear();
        StepBatch::new(1, 0, micro_batches)
    };
    for (batch, n_reached) in [
        (step(8), 46),
        (without_order(step(8)), 42),
        (without_masks(step(8)), 41),
    ] {
        let (gradients, _) = forward_and_backward(&model, &batch).expect("gradients");
        let reached = Reached::of(Some(&batch.micro_batches[0]));
        let mut names = Names(Vec::new());
        visit_parameters(&model, &mut names).expect("named parameters");
        let mut expected = names.0;
        expected.retain(|name| reached.reaches(name));
        expected.sort();
        let found: Vec<&String> = gradients.by_name().keys().collect();
        assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{reached:?}");
        assert_eq!(found.len(), n_reached, "{reached:?}");
    }
}

struct Names(Vec<String>);

impl ParameterVisitor for Names {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, _: Tensor<D>) {
        self.0.push(parameter.name.clone());
    }
}

#[test]
fn dropout_is_drawn_from_the_seed_of_each_micro_batch() {
    let [first, again] = [(); 2].map(|()| outcome(2, 0.1));
    let bits = |outcome: &Outcome| {
        let gradients = outcome.gradients.iter().flat_map(|(_, values)| values);
        let values = outcome.losses.iter().chain(gradients);
        values.map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(bits(&first), bits(&again));
    assert_ne!(bits(&first), bits(&outcome(2, 0.0)));
}

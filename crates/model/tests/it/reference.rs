//! Hidden states, logits, losses and gradients are those of transformers, from every form of checkpoint, on every device.

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;
use fixtures::beside;
use model::{BertForPreTraining, load};

use crate::numbers::{Step, largest, largest_where_filled, values};
use crate::reference_folder::{FORMS, Forward, devices, reference_folder};

/// Bounds on the largest differences.
const STATES: f64 = 1e-4;
const LOSSES: f64 = 1e-5;
const GRADIENTS: f64 = 1e-3;

#[test]
fn outputs_match_the_reference_values_of_this_crate() {
    check_folder(
        &reference_folder(),
        &reference_folder().join("forward.safetensors"),
    );
}

/// The larger reference values are compared if they lie beside the repository.
#[test]
fn outputs_match_the_larger_reference_values() {
    if let Some(shared) = beside("reference") {
        check_folder(
            &shared.join("checkpoint"),
            &shared.join("forward.safetensors"),
        );
    }
}

/// Compares every form of the model in a folder, on every device.
fn check_folder(folder: &Path, forward: &Path) {
    let forward = Forward::read(forward);
    for device in devices() {
        for form in FORMS {
            let loaded = load(&folder.join(form), &device.clone().autodiff(), 1).unwrap();
            assert!(loaded.report.is_complete(), "{form}: {}", loaded.report);
            assert!(
                loaded.report.unexpected.is_empty(),
                "{form}: {}",
                loaded.report
            );
            let model = loaded.model.with_dropout(0.0, 0.0);
            let states = check_states(&model.valid(), &forward, &device).max(check_logits(
                &model.valid(),
                &forward,
                &device,
            ));
            let (losses, gradients) = check_gradients(&model, &forward);
            report(&format!(
                "{device:?} {form}: states and logits {states:.1e}, losses {losses:.1e}, gradients {gradients:.1e}"
            ));
        }
        check_bare(&folder.join("bare"), &forward, &device);
    }
}

/// Hidden states at the positions that are not padding, and the pooled output; returns the largest difference.
fn check_states(model: &BertForPreTraining, forward: &Forward, device: &Device) -> f64 {
    let length = forward.shape("input_ids")[1];
    let hidden = model.bert().encode(&forward.input(device));
    let mut states = vec![("embeddings".to_owned(), hidden.embeddings)];
    states.extend(
        hidden
            .layers
            .into_iter()
            .enumerate()
            .map(|(i, layer)| (format!("layer.{i}"), layer)),
    );
    let differences = states.into_iter().map(|(name, state)| {
        largest_where_filled(
            &values(state),
            &forward.floats(&name),
            &forward.lengths(),
            length,
        )
    });
    let pooled = largest(&values(hidden.pooled), &forward.floats("pooled"));
    let difference = differences.fold(pooled, f64::max);
    assert!(difference < STATES, "hidden states differ by {difference}");
    difference
}

/// Logits of both heads; returns the largest difference.
fn check_logits(model: &BertForPreTraining, forward: &Forward, device: &Device) -> f64 {
    let output = model.forward(&forward.input(device), &forward.masked_indices());
    let masked = largest(
        &values(output.masked_logits.unwrap()),
        &forward.floats("mlm_logits"),
    );
    let order = largest(
        &values(output.order_logits),
        &forward.floats("order_logits"),
    );
    assert!(
        masked < STATES && order < STATES,
        "logits differ by {masked} and {order}"
    );
    masked.max(order)
}

/// Losses, each parameter's gradient and the gradient norm; returns the largest differences of losses and of gradients.
fn check_gradients(model: &BertForPreTraining, forward: &Forward) -> (f64, f64) {
    let loss = forward.losses(model);
    let mut worst_loss = 0f64;
    for (name, loss) in [
        ("mlm_loss", loss.masked.clone()),
        ("order_loss", loss.order.clone()),
        ("loss", loss.total()),
    ] {
        let difference = largest(&values(loss.unwrap()), &forward.floats(name));
        assert!(difference < LOSSES, "{name} differs by {difference}");
        worst_loss = worst_loss.max(difference);
    }
    let step = Step::of(model, &loss.total().unwrap());
    let expected = forward.gradients();
    assert!(step.gradients.keys().eq(expected.keys()));
    // The biases of the keys do not change the output, so their gradient is 0 but for rounding.
    let worst = step.largest_difference(&expected, 1e-3);
    assert!(worst.relative < GRADIENTS, "{worst}");
    let squares = step.gradients.values().flatten();
    let norm = squares.map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    let expected = f64::from(forward.floats("gradient_norm")[0]);
    assert!(
        (norm / expected - 1.0).abs() < GRADIENTS,
        "gradient norm {norm}, expected {expected}"
    );
    (worst_loss, worst.relative)
}

/// A bare `BertModel` has the same states; the heads of pre-training are initialised.
fn check_bare(folder: &Path, forward: &Forward, device: &Device) {
    let loaded = load(folder, device, 1).unwrap();
    assert_eq!(loaded.report.found.len(), 39);
    assert_eq!(
        loaded.report.missing,
        [
            "cls.predictions.bias",
            "cls.predictions.transform.LayerNorm.bias",
            "cls.predictions.transform.LayerNorm.weight",
            "cls.predictions.transform.dense.bias",
            "cls.predictions.transform.dense.weight",
            "cls.seq_relationship.bias",
            "cls.seq_relationship.weight",
        ]
    );
    let states = check_states(&loaded.model, forward, device);
    report(&format!("{device:?} bare: states {states:.1e}"));
}

#[expect(
    clippy::print_stderr,
    reason = "shows the differences when the test runs with --nocapture"
)]
fn report(line: &str) {
    eprintln!("{line}");
}

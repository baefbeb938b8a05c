//! Hidden states, logits, losses and gradients are transformers', from every form of checkpoint, on every device.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use common::{FORMS, Forward, devices, fixture, gradients, largest, largest_where_filled, values};
use model::{BertForPreTraining, Labels, load};

/// Bounds on the largest difference.
const STATES: f64 = 1e-4;
const LOSSES: f64 = 1e-5;
const GRADIENTS: f64 = 1e-3;

#[test]
fn this_crates_fixture_is_met() {
    check_folder(&fixture(), &fixture().join("forward.safetensors"));
}

/// The larger reference, where it lies beside the repository.
#[test]
fn the_shared_reference_is_met() {
    let shared = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/reference"
    ));
    if shared.is_dir() {
        check_folder(
            &shared.join("checkpoint"),
            &shared.join("forward.safetensors"),
        );
    } else {
        report(&format!(
            "{} is not there: nothing compared",
            shared.display()
        ));
    }
}

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
            let (losses, gradients) = check_gradients(&model, &forward, &device.clone().autodiff());
            report(&format!(
                "{device:?} {form}: states and logits {states:.1e}, losses {losses:.1e}, gradients {gradients:.1e}"
            ));
        }
        check_bare(&folder.join("bare"), &forward, &device);
    }
}

/// Hidden states where the attention mask is 1, and the pooled output; gives the largest difference.
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

/// Losses, each parameter's gradient and the global norm; gives the largest differences of both.
fn check_gradients(model: &BertForPreTraining, forward: &Forward, device: &Device) -> (f64, f64) {
    let labels = forward.ints("masked.label");
    let order_labels = forward.ints("order_labels");
    let loss = model.losses(
        &forward.input(device),
        &Labels {
            masked_indices: &forward.masked_indices(),
            masked: &labels,
            order: &order_labels,
            n_of_step: labels.len() as u64,
            n_order_of_step: order_labels.len() as u64,
        },
    );
    let mut worst_loss = 0f64;
    for (name, loss) in [
        ("mlm_loss", &loss.masked),
        ("order_loss", &loss.order),
        ("loss", &loss.total),
    ] {
        let difference = largest(&values(loss.clone()), &forward.floats(name));
        assert!(difference < LOSSES, "{name} differs by {difference}");
        worst_loss = worst_loss.max(difference);
    }
    let found = gradients(
        model,
        GradientsParams::from_grads(loss.total.backward(), model),
    );
    assert_eq!(found.len(), forward.gradient_names().len());
    let mut worst = 0f64;
    for (name, gradient) in &found {
        let expected = forward.floats(&format!("grad.{name}"));
        // The keys' biases change nothing, so their gradient is 0: compared on the scale of the smallest others.
        let scale = expected.iter().fold(1e-3f32, |scale, x| scale.max(x.abs()));
        let difference = largest(gradient, &expected) / f64::from(scale);
        assert!(
            difference < GRADIENTS,
            "gradient of {name} differs by {difference} of its largest"
        );
        worst = worst.max(difference);
    }
    let norm = found
        .values()
        .flatten()
        .map(|&x| f64::from(x).powi(2))
        .sum::<f64>()
        .sqrt();
    let expected = f64::from(forward.floats("gradient_norm")[0]);
    assert!(
        (norm / expected - 1.0).abs() < GRADIENTS,
        "global norm {norm}, expected {expected}"
    );
    (worst_loss, worst)
}

/// A bare `BertModel`: the same states; the heads are drawn anew.
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
    reason = "figures for who runs the test with --nocapture"
)]
fn report(line: &str) {
    eprintln!("{line}");
}

//! Training in bf16 is as close to f32 as PyTorch's autocast, and is refused on devices without bf16.

use burn::module::Module;
use burn::tensor::Device;
use model::{BertForPreTraining, Precision};

use crate::numbers::{Step, values};
use crate::reference_folder::{Forward, load_form, reference_folder};

/// Bound on the relative distance of all gradients from those in f32. PyTorch 2.9 under
/// `torch.autocast("cpu", torch.bfloat16)` has 0.0102 with the reference weights, and 0.0078 to 0.0204 with twenty sets of
/// weights that differ from them by 5 %; this is the median of the twenty.
const GRADIENTS: f64 = 0.0147;
/// The same for the loss: 8e-5 with the reference weights, 3e-5 to 2.7e-3 with the others.
const LOSS: f64 = 6.4e-4;

#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
fn libtorch() -> Device {
    Device::libtorch()
}

/// The reference model without dropout.
fn model(precision: Precision) -> BertForPreTraining {
    let model = load_form("model.safetensors", &libtorch().autodiff()).model;
    model
        .with_dropout(0.0, 0.0)
        .with_precision(precision)
        .unwrap()
}

/// Loss and gradients for the reference batch.
fn step(precision: Precision) -> Step {
    let forward = Forward::read(&reference_folder().join("forward.safetensors"));
    let model = model(precision);
    Step::of(&model, &forward.losses(&model).total().unwrap())
}

#[test]
fn gradients_in_bf16_are_as_close_to_f32_as_autocasts() {
    let (found, expected) = (step(Precision::Bf16), step(Precision::F32));
    let loss_error = found.loss_error(&expected);
    assert!(loss_error < LOSS, "the loss is off by {loss_error}");
    assert!(loss_error > 0.0, "bf16 was not used");
    let distance = found.distance(&expected);
    assert!(distance < GRADIENTS, "gradients are off by {distance}");
}

/// The results of an evaluation do not depend on the precision of training.
#[test]
fn evaluation_runs_in_f32() {
    let forward = Forward::read(&reference_folder().join("forward.safetensors"));
    let logits = |precision| {
        let output = model(precision)
            .valid()
            .forward(&forward.input(&libtorch()), &forward.masked_indices());
        values(output.masked_logits.unwrap())
    };
    assert_eq!(logits(Precision::Bf16), logits(Precision::F32));
}

#[cfg(feature = "flex")]
#[test]
fn a_device_without_bf16_is_refused() {
    let model = load_form("model.safetensors", &Device::flex().autodiff()).model;
    let refused = model.with_precision(Precision::Bf16).unwrap_err();
    assert!(refused.to_string().contains("no bf16"), "{refused}");
}

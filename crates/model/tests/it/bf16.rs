//! Training in bf16: as near to f32 as PyTorch's autocast, and only where the device has it.

use std::collections::BTreeMap;

use crate::reference_folder::{Forward, fixture, gradients, load_fixture, values};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use model::{BertForPreTraining, Labels, Precision};

/// The gradient's distance from that in f32, by the latter's norm, over all parameters. That of PyTorch 2.9 under
/// `torch.autocast("cpu", torch.bfloat16)` is 0.0102 with the fixture's weights; with weights 5 % beside them, twenty
/// times, 0.0078 to 0.0204: this is the middle one.
const GRADIENTS: f64 = 0.0147;
/// The same of the loss: 8e-5 with the fixture's weights, beside them 3e-5 to 2.7e-3.
const LOSS: f64 = 6.4e-4;

#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
fn libtorch() -> Device {
    Device::libtorch()
}

fn model(precision: Precision) -> BertForPreTraining {
    let model = load_fixture("model.safetensors", &libtorch().autodiff()).model;
    model
        .with_dropout(0.0, 0.0)
        .with_precision(precision)
        .unwrap()
}

/// Loss and gradients of the fixture's batch.
fn outcome(model: &BertForPreTraining) -> (f64, BTreeMap<String, Vec<f32>>) {
    let forward = Forward::read(&fixture().join("forward.safetensors"));
    let (masked, order) = (forward.ints("masked.label"), forward.ints("order_labels"));
    let labels = Labels {
        masked_indices: &forward.masked_indices(),
        masked: &masked,
        order: &order,
        n_of_step: masked.len() as u64,
        n_order_of_step: order.len() as u64,
    };
    let loss = model.losses(&forward.input(&model.device()), &labels).total;
    let found = GradientsParams::from_grads(loss.backward(), model);
    (f64::from(values(loss)[0]), gradients(model, found))
}

#[test]
fn gradients_in_bf16_are_as_near_as_autocasts() {
    let [(loss, found), (expected_loss, expected)] =
        [Precision::Bf16, Precision::F32].map(|precision| outcome(&model(precision)));
    let off = (loss / expected_loss - 1.0).abs();
    assert!(off < LOSS, "the loss is off by {off}");
    assert!(off > 0.0, "bf16 was not used");
    let squares = |of: &dyn Fn(&str, usize) -> f32| -> f64 {
        let all = expected.iter().flat_map(|(name, gradient)| {
            (0..gradient.len()).map(move |at| f64::from(of(name, at)).powi(2))
        });
        all.sum()
    };
    let apart = squares(&|name, at| found[name][at] - expected[name][at]);
    let apart = (apart / squares(&|name, at| expected[name][at])).sqrt();
    assert!(apart < GRADIENTS, "gradients are off by {apart}");
}

/// Figures of an evaluation do not depend on how a model is trained.
#[test]
fn an_evaluation_is_in_f32() {
    let forward = Forward::read(&fixture().join("forward.safetensors"));
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
    let model = load_fixture("model.safetensors", &Device::flex().autodiff()).model;
    let refused = model.with_precision(Precision::Bf16).unwrap_err();
    assert!(refused.to_string().contains("no bf16"), "{refused}");
}

//! A step's gradients do not depend on its micro-batches or on the implementation of the operations; dropout follows from
//! its seed; parameters are visited and mapped by name.

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};
use model::{
    BertConfig, BertForPreTraining, BertForTask, Implementation, Labels, Loss, ModelInput,
    ParameterInfo, ParameterMapper, ParameterVisitor, TaskHead, map_parameters, n_correct,
    order_cross_entropy, predictions, visit_parameters,
};

use crate::numbers::{Step, gradients, largest, parameters, values};
use crate::reference_folder::devices;

/// Positions of the padded batch.
const LENGTH: usize = 9;
/// What one of eight examples adds to the gradient of an order logit, about ½ · ⅛. If such terms cancel out, the rounding is
/// still of their size: the gradient of the order head's bias is 8e-4, and off by two units in the last place of a term.
const TERM: f32 = 1.0 / 16.0;
/// Seed of the dropout masks.
const SEED: u64 = 5;
/// Pieces of each example.
const LENGTHS: [u32; 8] = [9, 7, 5, 9, 6, 4, 8, 3];

#[test]
fn gradients_of_a_step_do_not_depend_on_its_micro_batches() {
    for device in devices() {
        let model = model(&device.autodiff(), 0.0);
        let whole = step(&model, 8);
        for n_examples in [4, 2, 1] {
            let parts = step(&model, n_examples);
            let loss_error = parts.loss_error(&whole);
            assert!(
                loss_error < 1e-6,
                "micro-batches of {n_examples}: the loss differs by {loss_error}"
            );
            let distance = parts.distance(&whole);
            assert!(
                distance < 1e-6,
                "micro-batches of {n_examples}: the gradient differs by {distance}"
            );
            let worst = parts.largest_difference(&whole.gradients, TERM);
            assert!(
                worst.relative < 1e-6,
                "micro-batches of {n_examples}: {worst}"
            );
        }
    }
}

/// Checks that loss and gradients agree within the rounding of other orders of summation.
#[track_caller]
fn assert_agree(found: &Step, expected: &Step) {
    assert!(
        found.loss_error(expected) < 1e-6,
        "{}, expected {}",
        found.loss,
        expected.loss
    );
    let worst = found.largest_difference(&expected.gradients, 1e-3);
    assert!(worst.relative < 1e-5, "{worst}");
}

/// The fused operations of a device compute what the reference composes from burn's operations, dropout included.
#[test]
fn fused_operations_match_the_reference() {
    for device in devices() {
        // Only the first device draws the same dropout masks in both implementations.
        let dropout = if device == devices()[0] { 0.1 } else { 0.0 };
        let fused = model(&device.autodiff(), dropout);
        let reference = fused.clone().with_implementation(Implementation::Reference);
        assert_agree(&step(&fused, 8), &step(&reference, 8));
    }
}

/// Dropout masks follow from the seed alone, so fused operations of all CPU devices drop the same numbers.
#[test]
fn cpu_devices_agree_with_dropout() {
    let on = |device: Device| step(&model(&device.autodiff(), 0.1), 8);
    let steps: Vec<Step> = devices().into_iter().map(on).collect();
    for found in &steps {
        assert_agree(found, &steps[0]);
    }
}

#[test]
fn padding_does_not_change_logits() {
    for device in devices() {
        let model = model(&device, 0.0);
        let padded = model.forward(&input(&[1], LENGTH, 0, &device), &[2, 4]);
        let bare = model.forward(&input(&[1], 7, 0, &device), &[2, 4]);
        assert!(largest(&values(padded.order_logits), &values(bare.order_logits)) < 1e-6);
        assert!(
            largest(
                &values(padded.masked_logits.unwrap()),
                &values(bare.masked_logits.unwrap())
            ) < 1e-5
        );
    }
}

#[test]
fn dropout_follows_from_its_seed_and_is_off_in_evaluation() {
    for device in devices() {
        let model = model(&device.clone().autodiff(), 0.1);
        let logits = |model: &BertForPreTraining, seed, device: &Device| {
            values(
                model
                    .forward(&input(&[0, 3], LENGTH, seed, device), &[])
                    .order_logits,
            )
        };
        let training = device.clone().autodiff();
        assert_eq!(logits(&model, 1, &training), logits(&model, 1, &training));
        assert_ne!(logits(&model, 1, &training), logits(&model, 2, &training));
        let evaluation = model.valid();
        assert_eq!(
            logits(&evaluation, 1, &device),
            logits(&evaluation, 2, &device)
        );
        let without = model.with_dropout(0.0, 0.0);
        assert!(
            largest(
                &logits(&without, 1, &training),
                &logits(&evaluation, 1, &device)
            ) < 1e-5
        );
    }
}

#[test]
fn initial_weights_follow_from_the_seed() {
    for device in devices() {
        assert_eq!(
            parameters(&model(&device, 0.1)),
            parameters(&model(&device.clone().autodiff(), 0.0))
        );
    }
}

#[test]
fn a_loss_reaches_only_the_parameters_that_its_labels_need() {
    for (device, implementation) in devices().into_iter().flat_map(|device| {
        let implementations = [Implementation::Fused, Implementation::Reference];
        implementations.map(|implementation| (device.clone().autodiff(), implementation))
    }) {
        let model = model(&device, 0.1).with_implementation(implementation);
        let input = input(&[0, 2], LENGTH, 1, &device);
        let of = |masked_indices, masked, order| {
            let labels = Labels {
                masked_indices,
                masked,
                order,
                n_of_step: 2,
                n_order_of_step: 2,
            };
            model.losses(&input, &labels)
        };
        let unreached = |loss: &Loss| -> Vec<String> {
            let gradients = loss.total().unwrap().backward();
            let gradients = GradientsParams::from_grads(gradients, &model);
            let without = infos(&model).into_iter();
            let without = without.filter(|parameter| !has_gradient(&gradients, parameter, &model));
            without.map(|parameter| parameter.name).collect()
        };
        assert!(of(&[], &[], &[]).total().is_none());
        assert_eq!(unreached(&of(&[1, 2], &[5, 6], &[0, 1])), [""; 0]);
        let masked_only = of(&[1, 2], &[5, 6], &[]);
        assert!(masked_only.order.is_none());
        let mut found = unreached(&masked_only);
        found.sort_unstable();
        let order_alone = [
            "bert.pooler.dense.bias",
            "bert.pooler.dense.weight",
            "cls.seq_relationship.bias",
            "cls.seq_relationship.weight",
        ];
        assert_eq!(found, order_alone);
        let order_only = of(&[], &[], &[1, 0]);
        assert!(values(order_only.order.clone().unwrap())[0] > 0.0);
        let masked_head = |name: &String| name.starts_with("cls.predictions.");
        let found = unreached(&order_only);
        assert!(
            found.len() == 5 && found.iter().all(masked_head),
            "{found:?}"
        );
    }
}

fn has_gradient(
    gradients: &GradientsParams,
    parameter: &ParameterInfo,
    model: &BertForPreTraining,
) -> bool {
    struct Look<'g>(&'g GradientsParams, &'g str, bool);
    impl ParameterVisitor for Look<'_> {
        fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, _: Tensor<D>) {
            self.2 |= parameter.name == self.1 && self.0.get::<D>(parameter.id).is_some();
        }
    }
    let mut look = Look(gradients, &parameter.name, false);
    visit_parameters(model, &mut look).unwrap();
    look.2
}

/// The expected losses are ln(1 + e^−1) and ln(1 + e).
#[test]
fn cross_entropy_is_in_nats_and_stays_finite() {
    for device in devices() {
        let logits = Tensor::<2>::from_data([[1.0, 0.0], [1.0, 0.0], [1e4, -1e4]], &device);
        let loss = values(order_cross_entropy(&logits, &[0, 1, 1]));
        assert!(
            largest(&loss, &[0.313_261_7, 1.313_261_7, 2e4]) < 1e-6,
            "{loss:?}"
        );
        assert_eq!(predictions(&logits), [0, 0, 0]);
        assert_eq!(n_correct(&logits, &[0, 1, 0]), 2);
    }
}

#[test]
fn parameters_are_visited_by_name_and_mapped_in_place() {
    let device = devices().remove(0).autodiff();
    let model = model(&device, 0.0);
    let before = infos(&model);
    assert_eq!(before.len(), 46);
    assert_eq!(
        before.iter().filter(|parameter| parameter.decays).count(),
        18
    );
    let doubled = map_parameters(model.clone(), &mut Double).unwrap();
    assert_eq!(infos(&doubled), before);
    for (name, values) in parameters(&doubled) {
        let twice: Vec<f32> = parameters(&model)[&name].iter().map(|x| 2.0 * x).collect();
        assert_eq!(values, twice, "{name}");
    }
    // The mapped model still tracks gradients.
    assert_eq!(step(&doubled, 8).gradients.len(), 46);
    // Ids follow from the names, so they are the same in another process and in a model that is loaded again.
    let again = BertForPreTraining::new(model.config(), &device, 99).unwrap();
    assert_eq!(infos(&again), before);
}

/// Doubles every parameter.
struct Double;

impl ParameterMapper for Double {
    fn map<const D: usize>(&mut self, _: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D> {
        tensor * 2.0
    }
}

fn infos(model: &BertForPreTraining) -> Vec<ParameterInfo> {
    struct Infos(Vec<ParameterInfo>);
    impl ParameterVisitor for Infos {
        fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, _: Tensor<D>) {
            self.0.push(parameter.clone());
        }
    }
    let mut infos = Infos(Vec::new());
    visit_parameters(model, &mut infos).unwrap();
    infos.0
}

fn model(device: &Device, dropout: f64) -> BertForPreTraining {
    let config = BertConfig {
        num_attention_heads: 3,
        intermediate_size: 20,
        ..BertConfig::new(40, 2, 12)
    };
    BertForPreTraining::new(&config, device, 7)
        .unwrap()
        .with_dropout(dropout, dropout)
}

/// These examples, padded to `length`. A piece follows from its example and position.
fn input(examples: &[usize], length: usize, seed: u64, device: &Device) -> ModelInput {
    let lengths: Vec<u32> = examples.iter().map(|&example| LENGTHS[example]).collect();
    let pieces = |&example: &usize| {
        (0..length).map(move |position| {
            let filled = position < LENGTHS[example] as usize;
            if filled {
                (1 + (example * 11 + position * 7) % 39) as i32
            } else {
                0
            }
        })
    };
    let ids: Vec<i32> = examples.iter().flat_map(pieces).collect();
    let segments: Vec<i32> = (0..ids.len())
        .map(|place| i32::from(place % length > 2))
        .collect();
    ModelInput::new(&ids, &segments, &lengths, length, seed, device)
}

/// A step of eight examples in micro-batches of `n_examples`.
fn step(model: &BertForPreTraining, n_examples: usize) -> Step {
    let device = model.device();
    // Unequal numbers of masked positions, and none in one example.
    let masked = |example: usize| (0..example % 4).map(|i| i as i32).collect::<Vec<_>>();
    let n_labels = (0..8).map(|example| masked(example).len() as u64).sum();
    let mut accumulator = GradientsAccumulator::new();
    let mut total = 0.0;
    for examples in (0..8).collect::<Vec<_>>().chunks(n_examples) {
        let rows = examples.iter().enumerate();
        let indices: Vec<i32> = rows
            .flat_map(|(row, &example)| {
                masked(example)
                    .into_iter()
                    .map(move |i| (row * LENGTH) as i32 + i)
            })
            .collect();
        let labels: Vec<i32> = examples
            .iter()
            .flat_map(|&example| masked(example))
            .map(|i| 5 + i)
            .collect();
        let order_labels: Vec<i32> = examples
            .iter()
            .map(|example| (example % 2) as i32)
            .collect();
        let labels = Labels {
            masked_indices: &indices,
            masked: &labels,
            order: &order_labels,
            n_of_step: n_labels,
            n_order_of_step: 8,
        };
        let loss = model.losses(&input(examples, LENGTH, SEED, &device), &labels);
        let part = loss.total().unwrap();
        total += f64::from(values(part.clone())[0]);
        accumulator.accumulate(model, GradientsParams::from_grads(part.backward(), model));
    }
    Step {
        loss: total,
        gradients: gradients(model, accumulator.grads()),
    }
}

/// Rows of a vocabulary's length take another way through burn than short ones.
#[test]
fn the_first_of_equally_likely_classes_is_predicted() {
    for device in devices() {
        for n in [3, 5000] {
            let mut logits = vec![-1.0_f32; 2 * n];
            (logits[1], logits[2]) = (2.5, 2.5);
            let logits = Tensor::<1>::from_floats(logits.as_slice(), &device).reshape([2, n]);
            assert_eq!(predictions(&logits), [1, 0], "{n} classes");
        }
    }
}

/// A task's head has dropout before it, also where nothing else has any.
#[test]
fn dropout_before_a_head_follows_from_its_seed_and_from_the_rate_of_hidden_states() {
    let config = BertConfig {
        classifier_dropout: Some(0.5),
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        num_attention_heads: 2,
        ..BertConfig::new(50, 1, 16)
    };
    for device in devices() {
        let device = device.autodiff();
        let model = BertForTask::new(&config, TaskHead::Classes(2), &device, SEED).unwrap();
        let logits = |model: &BertForTask, seed| {
            values(model.class_logits(&input(&[0, 3], LENGTH, seed, &device)))
        };
        assert_eq!(logits(&model, 1), logits(&model, 1));
        assert_ne!(logits(&model, 1), logits(&model, 2));
        let without = model.with_dropout(0.0, 0.0);
        assert_eq!(logits(&without, 1), logits(&without, 2));
    }
}

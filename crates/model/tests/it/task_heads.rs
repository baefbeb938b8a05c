//! The heads of tasks on the small reference model: logits from the hidden states of transformers, and losses and gradients
//! computed by hand.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use model::{
    BertForTask, DetectionLoss, LoadOptions, ParameterInfo, ParameterMapper, ParameterVisitor,
    SpanLabels, SpellingLabels, TaskHead, load_task, map_parameters, visit_parameters,
};

use crate::numbers::{largest, values};
use crate::reference_folder::{Forward, devices, reference_folder};

const LOGITS: f64 = 1e-4;
const LOSSES: f64 = 1e-5;
/// What a difference quotient of f32 losses is wrong by, at most.
const SLOPES: f64 = 3e-4;

const SPELLING: TaskHead = TaskHead::Spelling { detection: true };
const DETECTION: DetectionLoss = DetectionLoss {
    weight: 0.3,
    alpha: 0.8,
    gamma: 2.0,
};
/// A position behind every window: it has no loss.
const BEYOND: usize = 40;
const STARTS: [usize; 3] = [3, 0, BEYOND];
const ENDS: [usize; 3] = [4, 0, BEYOND];

/// A number of a head's parameter, by its index in the model's layout.
fn number(index: usize) -> f32 {
    ((index * 7 + 3) % 11) as f32 / 11.0 - 0.4
}

/// Sets the parameters of heads that the checkpoint lacks, and moves the first weight of each.
struct Set {
    moved_by: f32,
}

impl ParameterMapper for Set {
    fn map<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D> {
        let heads = ["classifier.", "qa_outputs.", "detection."];
        if !heads.iter().any(|head| parameter.name.starts_with(head)) {
            return tensor;
        }
        let shape = tensor.shape();
        let mut numbers: Vec<f32> = (0..shape.num_elements()).map(number).collect();
        if parameter.name.ends_with(".weight") {
            numbers[0] += self.moved_by;
        }
        Tensor::from_data(TensorData::new(numbers, shape), &tensor.device())
    }
}

fn model(head: TaskHead, device: &Device, moved_by: f32) -> BertForTask {
    let folder = reference_folder().join("model.safetensors");
    let loaded = load_task(&folder, head, device, LoadOptions::default()).unwrap();
    let model = loaded.model.with_dropout(0.0, 0.0);
    map_parameters(model, &mut Set { moved_by }).unwrap()
}

fn forward() -> Forward {
    Forward::read(&reference_folder().join("forward.safetensors"))
}

/// A head of `n` logits on rows of hidden states.
fn dense(rows: &[f32], n: usize) -> Vec<f32> {
    const WIDTH: usize = 12;
    let logit = |row: &[f32], label: usize| {
        let products = row.iter().enumerate();
        let products = products.map(|(index, x)| x * number(index * n + label));
        products.sum::<f32>() + number(label)
    };
    let rows = rows.chunks(WIDTH);
    rows.flat_map(|row| (0..n).map(move |label| logit(row, label)))
        .collect()
}

/// The indices of the pieces in the flattened padded batch.
fn filled(forward: &Forward) -> Vec<i32> {
    let mask = forward.ints("attention_mask");
    let indices = 0..mask.len() as i32;
    indices.filter(|index| mask[*index as usize] == 1).collect()
}

/// Every other piece of the batch.
fn tagged(forward: &Forward) -> Vec<i32> {
    filled(forward).into_iter().step_by(2).collect()
}

/// The hidden states of transformers at these indices.
fn hidden(forward: &Forward, indices: &[i32]) -> Vec<f32> {
    let (states, width) = (forward.floats("layer.1"), forward.shape("layer.1")[2]);
    let row = |index: &i32| &states[*index as usize * width..(*index as usize + 1) * width];
    indices.iter().flat_map(row).copied().collect()
}

#[track_caller]
fn check(found: Tensor<2>, expected: &[f32], bound: f64) {
    let difference = largest(&values(found), expected);
    assert!(difference < bound, "logits differ by {difference}");
}

#[test]
fn logits_are_those_of_the_heads_on_the_states_of_transformers() {
    let forward = forward();
    let indices = forward.masked_indices();
    for device in devices() {
        let input = forward.input(&device);
        let classes = model(TaskHead::Classes(3), &device, 0.0).class_logits(&input);
        check(classes, &dense(&forward.floats("pooled"), 3), LOGITS);
        let tagged = tagged(&forward);
        let tags = model(TaskHead::Tags(4), &device, 0.0).tag_logits(&input, &tagged);
        check(tags, &dense(&hidden(&forward, &tagged), 4), LOGITS);
        let span = model(TaskHead::Span, &device, 0.0).span_logits(&input);
        check(
            span,
            &dense(&hidden(&forward, &filled(&forward)), 2),
            LOGITS,
        );
        let spelling = model(SPELLING, &device, 0.0).spelling_logits(&input, &indices);
        check(spelling.pieces, &forward.floats("mlm_logits"), LOGITS);
        let wrong = spelling.wrong.unwrap();
        check(wrong, &dense(&hidden(&forward, &indices), 1), LOGITS);
    }
}

/// A loss of a task, and how to compute it by hand from the states of transformers.
struct Loss {
    head: TaskHead,
    /// The name of the head's parameters.
    name: &'static str,
    found: fn(&BertForTask, &Forward) -> Tensor<1>,
    by_hand: fn(&Forward) -> f64,
}

const TASKS: [Loss; 4] = [
    Loss {
        head: TaskHead::Classes(3),
        name: "classifier",
        found: |model, forward| model.class_loss(&forward.input(&model.device()), &[2, 0, 1], 5),
        by_hand: |forward| {
            let logits = dense(&forward.floats("pooled"), 3);
            let rows = logits.chunks(3).zip([2, 0, 1]);
            rows.map(|(row, label)| nats(row, label)).sum::<f64>() / 5.0
        },
    },
    Loss {
        head: TaskHead::Tags(4),
        name: "classifier",
        found: |model, forward| {
            let positions = tagged(forward);
            let labels: Vec<i32> = (0..positions.len() as i32).map(|i| i % 4).collect();
            let input = forward.input(&model.device());
            model.tag_loss(&input, &positions, &labels, 20)
        },
        by_hand: |forward| {
            let logits = dense(&hidden(forward, &tagged(forward)), 4);
            let rows = logits.chunks(4).enumerate();
            rows.map(|(i, row)| nats(row, i % 4)).sum::<f64>() / 20.0
        },
    },
    Loss {
        head: TaskHead::Span,
        name: "qa_outputs",
        found: |model, forward| {
            let labels = SpanLabels {
                starts: &STARTS,
                ends: &ENDS,
                allowed: Some(&allowed(forward)),
                n_of_step: 2,
            };
            model.span_loss(&forward.input(&model.device()), &labels)
        },
        by_hand: span_by_hand,
    },
    Loss {
        head: SPELLING,
        name: "detection",
        found: |model, forward| {
            let labels = SpellingLabels {
                positions: &forward.masked_indices(),
                pieces: &forward.ints("masked.label"),
                wrong: &[true, false, false, true, false, true],
                n_of_step: 8,
            };
            let input = forward.input(&model.device());
            model.spelling_loss(&input, &labels, DETECTION)
        },
        by_hand: spelling_by_hand,
    },
];

/// Cross-entropy of a label in nats.
fn nats(logits: &[f32], label: usize) -> f64 {
    let powers = logits.iter().map(|logit| f64::from(*logit).exp());
    powers.sum::<f64>().ln() - f64::from(logits[label])
}

/// Whether an answer may be at each piece: not at the second piece of an example.
fn allowed(forward: &Forward) -> Vec<bool> {
    let lengths = forward.lengths().into_iter();
    lengths.flat_map(|n| (0..n).map(|at| at != 1)).collect()
}

fn span_by_hand(forward: &Forward) -> f64 {
    let logits = dense(&hidden(forward, &filled(forward)), 2);
    let mut sum = 0.0;
    let mut first = 0;
    let examples = forward
        .lengths()
        .into_iter()
        .zip(STARTS.into_iter().zip(ENDS));
    for (length, (start, end)) in examples {
        let of_example = &logits[2 * first..2 * (first + length as usize)];
        first += length as usize;
        for (side, label) in [start, end].into_iter().enumerate() {
            let mut of_side: Vec<f32> = of_example.iter().skip(side).step_by(2).copied().collect();
            of_side[1] -= 10_000.0;
            sum += if label == BEYOND {
                0.0
            } else {
                nats(&of_side, label)
            };
        }
    }
    sum / 2.0 / 2.0
}

fn spelling_by_hand(forward: &Forward) -> f64 {
    let logits = forward.floats("mlm_logits");
    let labels = forward.ints("masked.label");
    let rows = logits.chunks(120).zip(labels);
    let correction: f64 = rows.map(|(row, label)| nats(row, label as usize)).sum();
    let of_detection = dense(&hidden(forward, &forward.masked_indices()), 1);
    let is_wrong = [true, false, false, true, false, true];
    let focal = of_detection.iter().zip(is_wrong).map(|(logit, is_wrong)| {
        let p = 1.0 / (1.0 + (-f64::from(*logit)).exp());
        if is_wrong {
            -0.8 * (1.0 - p).powi(2) * p.ln()
        } else {
            -0.2 * p.powi(2) * (1.0 - p).ln()
        }
    });
    (0.7 * correction + 0.3 * focal.sum::<f64>()) / 8.0
}

#[test]
fn losses_are_those_computed_by_hand() {
    let forward = forward();
    for device in devices() {
        for task in &TASKS {
            let loss = (task.found)(&model(task.head, &device, 0.0), &forward);
            let (found, expected) = (f64::from(values(loss)[0]), (task.by_hand)(&forward));
            assert!(
                (found - expected).abs() < LOSSES,
                "{:?}: loss {found}, expected {expected}",
                task.head
            );
        }
    }
}

#[test]
fn the_gradient_of_a_head_is_the_slope_of_its_loss() {
    const STEP: f32 = 0.01;
    let forward = forward();
    for device in devices() {
        let device = device.autodiff();
        for task in &TASKS {
            let loss = |moved_by| {
                let loss = (task.found)(&model(task.head, &device, moved_by), &forward);
                f64::from(values(loss)[0])
            };
            let slope = (loss(STEP) - loss(-STEP)) / f64::from(2.0 * STEP);
            let model = model(task.head, &device, 0.0);
            let gradients = (task.found)(&model, &forward).backward();
            let mut reader = Reader {
                gradients: GradientsParams::from_grads(gradients, &model),
                name: format!("{}.weight", task.name),
                found: f64::NAN,
            };
            visit_parameters(&model, &mut reader).unwrap();
            let found = reader.found;
            assert!(
                slope.abs() > 10.0 * SLOPES,
                "{:?}: the test needs a slope, found {slope}",
                task.head
            );
            assert!(
                (found - slope).abs() < SLOPES,
                "{:?}: gradient {found}, slope {slope}",
                task.head
            );
        }
    }
}

/// The first number of a parameter's gradient.
struct Reader {
    gradients: GradientsParams,
    name: String,
    found: f64,
}

impl ParameterVisitor for Reader {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, _: Tensor<D>) {
        if parameter.name == self.name {
            let gradient = self.gradients.get::<D>(parameter.id).unwrap();
            self.found = f64::from(values(gradient)[0]);
        }
    }
}

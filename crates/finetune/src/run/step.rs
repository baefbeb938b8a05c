//! One step of fine-tuning: forward and backward passes of all micro-batches, then one update.

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use model::{BertForTask, ModelInput, SpanLabels, SpellingLabels};
use optimizer::{Gradients, Optimizer, OptimizerState, QueuedStats};
use rand::Rng as _;
use repro::{Purpose, generator};

use crate::error::FinetuneError;
use crate::inputs::batch::InputBatch;
use crate::inputs::texts::Encoded;
use crate::options::task::TaskOptions;
use crate::spans::features::is_unmasked;
use crate::tasks::example::{Example, Label};
use crate::tasks::task::Task;

/// The examples of a step.
pub(crate) struct Step<'e> {
    /// The number of the step, from 1.
    pub(crate) number: u64,
    /// The seed of the run.
    pub(crate) seed: u64,
    /// The examples, in their order.
    pub(crate) examples: Vec<&'e Example>,
}

/// Updates the model once, and returns it with the loss of the step and the gradient norm.
///
/// The loss of a micro-batch is divided by the labels of the whole step (invariant 5 of ARCHITECTURE.md), so micro-batches
/// do not change the sums.
pub(crate) fn finetuning_step(
    task: &Task,
    model: BertForTask,
    step: &Step<'_>,
    most_pieces: usize,
    optimizer: &Optimizer,
    state: &mut OptimizerState,
    learning_rate: f64,
) -> Result<(BertForTask, QueuedStats<1>), FinetuneError> {
    let device = model.device();
    let mut gradients = Gradients::default();
    let mut sum: Tensor<1> = Tensor::zeros([1], &device.clone().without_autodiff());
    let n_labels = step.examples.iter().map(|example| example.n_labels()).sum();
    for (index, range) in (0..).zip(micro_batches(&step.examples, most_pieces)) {
        let micro_batch = &step.examples[range];
        let mut dropout = generator(step.seed, Purpose::TaskDropout, index, step.number);
        let input = model_input(micro_batch, dropout.next_u64(), &device);
        if let Some(loss) = loss(task, &model, &input, micro_batch, n_labels) {
            gradients.add(&loss, &model)?;
            sum = sum + loss.without_autodiff();
        }
    }
    Ok(optimizer.step(model, gradients, [sum], learning_rate, state)?)
}

/// Divides examples into micro-batches of at most so many pieces; an example that is longer is a micro-batch of its own.
pub(crate) fn micro_batches(examples: &[&Example], most_pieces: usize) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut n_pieces = 0;
    for (index, example) in examples.iter().enumerate() {
        n_pieces += example.n_pieces();
        match ranges.last_mut() {
            Some(last) if n_pieces <= most_pieces => last.end = index + 1,
            _ => {
                ranges.push(index..index + 1);
                n_pieces = example.n_pieces();
            }
        }
    }
    ranges
}

/// Puts examples on a device.
pub(crate) fn model_input(examples: &[&Example], dropout_seed: u64, device: &Device) -> ModelInput {
    let inputs: Vec<&Encoded> = examples.iter().map(|example| &example.input).collect();
    let batch = InputBatch::of(&inputs);
    ModelInput::new(
        &batch.input_ids,
        &batch.segment_ids,
        &batch.lengths,
        batch.length,
        dropout_seed,
        device,
    )
}

/// The positions that a head reads, as indices into the flattened padded batch.
pub(crate) fn padded_positions(examples: &[&Example]) -> Vec<i32> {
    let longest = examples.iter().map(|example| example.n_pieces()).max();
    let length = longest.unwrap_or(0);
    let of_example = |(row, example): (usize, &&Example)| {
        let at = |position: &usize| (row * length + position) as i32;
        example.positions().iter().map(at).collect::<Vec<i32>>()
    };
    examples.iter().enumerate().flat_map(of_example).collect()
}

/// A micro-batch's part of the loss of its step; `None` if it has no labels.
fn loss(
    task: &Task,
    model: &BertForTask,
    input: &ModelInput,
    examples: &[&Example],
    n_labels: u64,
) -> Option<Tensor<1>> {
    let labels = Labels::of(examples);
    match &task.options {
        TaskOptions::Classification(_) => Some(model.class_loss(input, &labels.ids, n_labels)),
        TaskOptions::Spans(options) => Some(model.span_loss(
            input,
            &SpanLabels {
                starts: &labels.starts,
                ends: &labels.ends,
                allowed: options.mask_outside.then_some(&labels.allowed),
                n_of_step: n_labels,
            },
        )),
        _ if labels.ids.is_empty() => None,
        TaskOptions::Tags(_) => {
            Some(model.tag_loss(input, &padded_positions(examples), &labels.ids, n_labels))
        }
        TaskOptions::Spelling(options) => Some(model.spelling_loss(
            input,
            &SpellingLabels {
                positions: &padded_positions(examples),
                pieces: &labels.ids,
                wrong: &labels.wrong,
                n_of_step: n_labels,
            },
            options.detection_loss(),
        )),
    }
}

/// The labels of a micro-batch, end to end.
#[derive(Default)]
struct Labels {
    /// Labels, tags or pieces.
    ids: Vec<i32>,
    starts: Vec<usize>,
    ends: Vec<usize>,
    /// For each piece, whether an answer may begin or end there.
    allowed: Vec<bool>,
    /// Whether each character is wrong.
    wrong: Vec<bool>,
}

impl Labels {
    fn of(examples: &[&Example]) -> Self {
        let mut labels = Self::default();
        for example in examples {
            match &example.label {
                Label::Class(id) => labels.ids.push(*id as i32),
                Label::Tags { tags, .. } => labels.ids.extend(tags.iter().map(|tag| *tag as i32)),
                Label::Pieces { pieces, wrong, .. } => {
                    labels.ids.extend(pieces.iter().map(|piece| *piece as i32));
                    labels.wrong.extend(wrong);
                }
                Label::Span { answer, context } => {
                    labels.starts.push(answer[0]);
                    labels.ends.push(answer[1]);
                    let is_allowed = |at| is_unmasked(context, at);
                    let positions = 0..example.n_pieces();
                    labels.allowed.extend(positions.map(is_allowed));
                }
            }
        }
        labels
    }
}

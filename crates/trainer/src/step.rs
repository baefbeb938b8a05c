//! One training step, top to bottom as the method's page has it.

use batch::{Batch, StepBatch};
use burn::tensor::{Device, Tensor};
use model::{BertForPreTraining, Labels, ModelInput};

use crate::optimizer::{Gradients, Optimizer, OptimizerState, numbers};

#[cfg(test)]
mod tests;

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Mean masked cross-entropy over all masked positions of the step, in nats.
    pub masked_loss: f64,
    /// Mean order cross-entropy, in nats.
    pub order_loss: f64,
    /// Global norm of the gradients before clipping.
    pub gradient_norm: f64,
    /// The learning rate.
    pub rate: f64,
    /// Whether a number was not finite and the update was skipped.
    pub skipped: bool,
}

/// One update of the model.
///
/// Forward and backward of every micro-batch, gradients added up, clipped over all parameters, applied at the rate. A
/// loss or gradient that is not finite leaves the model and the moments as they were.
pub fn training_step(
    model: BertForPreTraining,
    batch: &StepBatch,
    optimizer: &Optimizer,
    state: &mut OptimizerState,
    rate: f64,
) -> (BertForPreTraining, Step) {
    let (mut gradients, [masked_loss, order_loss]) = forward_and_backward(&model, batch);
    let gradient_norm = gradients.norm();
    let skipped = !(masked_loss + order_loss + gradient_norm).is_finite();
    let step = Step {
        masked_loss,
        order_loss,
        gradient_norm,
        rate,
        skipped,
    };
    if skipped {
        return (model, step);
    }
    let factor = optimizer.clip_factor(gradient_norm);
    let model = optimizer.update(model, gradients, factor, rate, state);
    (model, step)
}

/// Gradients of a step, and its masked and its order loss in nats.
///
/// Each micro-batch's losses are divided by the labels of the whole step (design invariant 5), so that sums over
/// micro-batches are those of one large batch. The losses stay on the device until the last micro-batch is through.
fn forward_and_backward(model: &BertForPreTraining, batch: &StepBatch) -> (Gradients, [f64; 2]) {
    let device = model.device();
    let mut gradients = Gradients::default();
    let mut sums = Tensor::zeros([2], &device.clone().without_autodiff());
    for micro_batch in &batch.micro_batches {
        let input = model_input(micro_batch, &device);
        let labels = Labels {
            masked_indices: &micro_batch.masked_indices,
            masked: &micro_batch.masked_labels,
            order: &micro_batch.order_labels,
            n_of_step: batch.n_labels.max(1),
            n_order_of_step: batch.n_order_labels.max(1),
        };
        let loss = model.losses(&input, &labels);
        gradients.add(&loss.total, model);
        let parts = [loss.masked, loss.order].map(Tensor::without_autodiff);
        sums = sums + Tensor::cat(parts.to_vec(), 0);
    }
    let sums = numbers(sums);
    (gradients, [sums[0], sums[1]])
}

/// A micro-batch on the device.
pub(crate) fn model_input(batch: &Batch, device: &Device) -> ModelInput {
    ModelInput::new(
        &batch.input_ids,
        &batch.segment_ids,
        &batch.lengths,
        batch.length,
        batch.dropout_seed,
        device,
    )
}

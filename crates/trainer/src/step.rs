//! One training step, top to bottom as the method's page has it.

use burn::tensor::{Device, Tensor};
use dataset::{Batch, StepBatch};
use model::{BertForPreTraining, Labels, ModelInput};
use optimizer::{Gradients, Optimizer, OptimizerState, QueuedStats};

use crate::error::TrainerError;

#[cfg(test)]
mod decisions;
#[cfg(test)]
pub(crate) mod tests;

/// One update of the model.
///
/// Forward and backward pass of every micro-batch, gradients added up, clipped over all parameters, applied at the learning
/// rate. A loss or gradient that is not finite leaves the model and the moments as they were. If the device decides that by
/// itself, the step is only queued, and reading its statistics waits for it.
pub fn training_step(
    model: BertForPreTraining,
    batch: &StepBatch,
    optimizer: &Optimizer,
    state: &mut OptimizerState,
    rate: f64,
) -> Result<(BertForPreTraining, QueuedStats), TrainerError> {
    let (mut gradients, losses) = forward_and_backward(&model, batch)?;
    let stats = QueuedStats::new(losses, gradients.norm(&model.device()));
    Ok(optimizer.step(model, gradients, stats, rate, state)?)
}

/// Gradients of a step, and its masked and its order loss in nats, `[2]`, left on the device.
///
/// Each micro-batch's losses are divided by the labels of the whole step (design invariant 5), so that sums over
/// micro-batches are those of one large batch.
fn forward_and_backward(
    model: &BertForPreTraining,
    batch: &StepBatch,
) -> Result<(Gradients, Tensor<1>), TrainerError> {
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
        gradients.add(&loss.total, model)?;
        let parts = [loss.masked, loss.order].map(Tensor::without_autodiff);
        sums = sums + Tensor::cat(parts.to_vec(), 0);
    }
    Ok((gradients, sums))
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

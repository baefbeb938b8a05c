//! One training step: forward and backward passes of all micro-batches, then one update.

use burn::tensor::{Device, Tensor};
use dataset::{Batch, StepBatch};
use model::{BertForPreTraining, Labels, ModelInput};
use optimizer::{Gradients, Optimizer, OptimizerState, QueuedStats};

use crate::error::TrainerError;

#[cfg(test)]
mod decisions;
#[cfg(test)]
mod micro_batches;
#[cfg(test)]
pub(crate) mod tiny;

/// Updates the model once, and returns it with the statistics of the step: masked loss, order loss, gradient norm.
///
/// The gradients of all micro-batches are summed, clipped by their global norm, and applied at the learning rate. If a loss
/// or gradient is not finite, the model and the optimizer's state stay as they were. A device that decides this by itself
/// only queues the step; reading the statistics then waits for it.
pub fn training_step(
    model: BertForPreTraining,
    batch: &StepBatch,
    optimizer: &Optimizer,
    state: &mut OptimizerState,
    learning_rate: f64,
) -> Result<(BertForPreTraining, QueuedStats<2>), TrainerError> {
    let (gradients, losses) = forward_and_backward(&model, batch)?;
    Ok(optimizer.step(model, gradients, losses, learning_rate, state)?)
}

/// Computes the gradients of a step, and its masked and order loss in nats, `[1]` each, which stay on the device.
///
/// The losses of each micro-batch are divided by the labels of the whole step (invariant 5 of ARCHITECTURE.md). So the sums
/// over the micro-batches are the loss and the gradients of one large batch.
fn forward_and_backward(
    model: &BertForPreTraining,
    batch: &StepBatch,
) -> Result<(Gradients, [Tensor<1>; 2]), TrainerError> {
    let device = model.device();
    let mut gradients = Gradients::default();
    let zero = Tensor::zeros([1], &device.clone().without_autodiff());
    let [mut masked_loss, mut order_loss] = [zero.clone(), zero];
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
        if let Some(total) = loss.total() {
            gradients.add(&total, model)?;
        }
        if let Some(masked) = loss.masked {
            masked_loss = masked_loss + masked.without_autodiff();
        }
        if let Some(order) = loss.order {
            order_loss = order_loss + order.without_autodiff();
        }
    }
    Ok((gradients, [masked_loss, order_loss]))
}

/// Puts a batch on the device.
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

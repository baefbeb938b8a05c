//! One training step, top to bottom as the method's page has it.

use batch::{Batch, StepBatch};
use burn::tensor::{Device, Tensor};
use model::{BertForPreTraining, ModelInput, losses};

use crate::optimizer::{Gradients, Optimizer, OptimizerState, scalar};

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
/// Forward and backward of every micro-batch, its losses divided by the labels of the whole step (design invariant 5),
/// gradients added up, clipped over all parameters, applied at the rate. A loss or gradient that is not finite leaves
/// the model as it was.
pub fn training_step(
    model: BertForPreTraining,
    batch: &StepBatch,
    optimizer: &Optimizer,
    state: &mut OptimizerState,
    rate: f64,
) -> (BertForPreTraining, Step) {
    let device = model.device();
    let mut gradients = Gradients::default();
    let mut sums: Option<[Tensor<1>; 2]> = None;
    for micro_batch in &batch.micro_batches {
        let output = model.forward(
            &model_input(micro_batch, &device),
            &micro_batch.masked_indices,
        );
        let loss = losses(
            &output,
            &micro_batch.masked_labels,
            &micro_batch.order_labels,
            batch.n_labels.max(1),
            batch.n_order_labels.max(1),
        );
        gradients.add(&loss.total, &model);
        let parts = [loss.masked, loss.order].map(Tensor::without_autodiff);
        sums = Some(match sums {
            None => parts,
            Some([masked, order]) => {
                let [more_masked, more_order] = parts;
                [masked + more_masked, order + more_order]
            }
        });
    }
    let [masked_loss, order_loss] = sums.map_or([0.0; 2], |sums| sums.map(|sum| scalar(&sum)));
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
    (
        optimizer.update(model, gradients, factor, rate, state),
        step,
    )
}

/// A micro-batch on the device.
pub(crate) fn model_input(batch: &Batch, device: &Device) -> ModelInput {
    ModelInput::new(
        batch.input_ids.clone(),
        batch.segment_ids.clone(),
        &batch.lengths,
        batch.length,
        batch.dropout_seed,
        device,
    )
}

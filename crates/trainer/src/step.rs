//! One training step: forward and backward passes of all micro-batches, then one update.

use burn::tensor::{Device, Tensor};
use dataset::{Batch, StepBatch};
use device::World;
use model::{BertForPreTraining, Labels, ModelInput};
use optimizer::{Gradients, Optimizer, OptimizerState, QueuedStats};

use crate::error::TrainerError;
use crate::together::{Reached, StopRequest, Together};

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

/// Does a step together with other processes. Each computes the micro-batches whose index is its rank modulo the number of
/// processes. Gradients and losses are added up before the update, so all processes make the same one. The request to stop
/// is added up with them.
pub(crate) fn training_step_together(
    model: BertForPreTraining,
    batch: &StepBatch,
    optimizer: &Optimizer,
    state: &mut OptimizerState,
    learning_rate: f64,
    (together, stop): (Together<'_>, &mut StopRequest<'_>),
) -> Result<(BertForPreTraining, QueuedStats<2>), TrainerError> {
    let Together { world, exact, .. } = together;
    if world.is_alone() {
        return training_step(model, batch, optimizer, state, learning_rate);
    }
    let sums = if exact {
        sum_in_order(&model, batch, world, stop)?
    } else {
        sum_over(&model, batch, together, stop)?
    };
    stop.agree(sums.stop);
    let (gradients, losses) = (sums.gradients, sums.losses);
    Ok(optimizer.step(model, gradients, losses, learning_rate, state)?)
}

/// Computes the gradients of a step, and its masked and order loss in nats, `[1]` each, which stay on the device.
fn forward_and_backward(
    model: &BertForPreTraining,
    batch: &StepBatch,
) -> Result<(Gradients, [Tensor<1>; 2]), TrainerError> {
    let mut sums = Sums::new(model);
    for micro_batch in &batch.micro_batches {
        sums.add(model, batch, micro_batch)?;
    }
    Ok((sums.gradients, sums.losses))
}

/// Adds up all micro-batches of a step: those of this process first, then the sums of all processes.
fn sum_over(
    model: &BertForPreTraining,
    batch: &StepBatch,
    together: Together<'_>,
    stop: &StopRequest<'_>,
) -> Result<Sums, TrainerError> {
    let Together { world, in_bf16, .. } = together;
    let mut sums = Sums::new(model);
    let own = batch.micro_batches.iter().skip(world.rank());
    for micro_batch in own.step_by(world.size()) {
        sums.add(model, batch, micro_batch)?;
    }
    world.come_to(batch.step);
    let [masked, order] = sums.losses;
    let stop = stop.own(&masked);
    let numbers = Tensor::cat(vec![masked, order, stop], 0);
    let numbers = world.start_sum("the sum of losses", numbers, false)?;
    let reached = Reached {
        by_masked: batch.n_labels > 0,
        by_order: batch.n_order_labels > 0,
    };
    let is_reached = |name: &str| reached.reaches(name);
    let gradients = sums.gradients;
    let gradients = gradients.sum_over(world, model, &is_reached, in_bf16)?;
    let [masked, order, stop] = three(&numbers.wait()?);
    Ok(Sums {
        gradients,
        losses: [masked, order],
        stop: Some(stop),
    })
}

/// Adds up all micro-batches of a step in the order of their indices, so that the sums are those of one process to the bit.
/// In each round every process computes one micro-batch.
fn sum_in_order(
    model: &BertForPreTraining,
    batch: &StepBatch,
    world: &World,
    stop: &StopRequest<'_>,
) -> Result<Sums, TrainerError> {
    let mut total = Sums::new(model);
    for round in batch.micro_batches.chunks(world.size()) {
        let mut own = Sums::new(model);
        if let Some(micro_batch) = round.get(world.rank()) {
            own.add(model, batch, micro_batch)?;
        }
        world.come_to(batch.step);
        let [masked, order] = own.losses;
        let stop = stop.own(&masked);
        let numbers = Tensor::cat(vec![masked, order, stop], 0);
        let gathered = world.gather("the losses", numbers)?;
        let reached: Vec<Reached> = (0..world.size())
            .map(|rank| Reached::of(round.get(rank)))
            .collect();
        for (numbers, reached) in gathered.iter().zip(&reached) {
            total.add_losses(three(numbers), *reached);
        }
        let is_reached = |rank: usize, name: &str| reached[rank].reaches(name);
        let gradients = own.gradients;
        total
            .gradients
            .add_in_order(gradients, world, model, &is_reached)?;
    }
    Ok(total)
}

/// Takes three numbers apart, `[3]` to `[1]` each.
fn three(numbers: &Tensor<1>) -> [Tensor<1>; 3] {
    std::array::from_fn(|index| numbers.clone().narrow(0, index, 1))
}

/// Sums over micro-batches of a step.
struct Sums {
    gradients: Gradients,
    /// Masked and order loss in nats, `[1]` each.
    losses: [Tensor<1>; 2],
    /// The requests to stop, `[1]`; `None` if nobody was asked.
    stop: Option<Tensor<1>>,
}

impl Sums {
    fn new(model: &BertForPreTraining) -> Self {
        let zero = Tensor::zeros([1], &model.device().without_autodiff());
        Self {
            gradients: Gradients::default(),
            losses: [zero.clone(), zero],
            stop: None,
        }
    }

    /// Computes and adds a micro-batch.
    ///
    /// The losses of each micro-batch are divided by the labels of the whole step (invariant 5 of ARCHITECTURE.md). So the
    /// sums over the micro-batches are the loss and the gradients of one large batch.
    fn add(
        &mut self,
        model: &BertForPreTraining,
        step: &StepBatch,
        micro_batch: &Batch,
    ) -> Result<(), TrainerError> {
        let input = model_input(micro_batch, &model.device());
        let labels = Labels {
            masked_indices: &micro_batch.masked_indices,
            masked: &micro_batch.masked_labels,
            order: &micro_batch.order_labels,
            n_of_step: step.n_labels.max(1),
            n_order_of_step: step.n_order_labels.max(1),
        };
        let loss = model.losses(&input, &labels);
        if let Some(total) = loss.total() {
            self.gradients.add(&total, model)?;
        }
        for (sum, part) in self.losses.iter_mut().zip([loss.masked, loss.order]) {
            if let Some(part) = part {
                *sum = sum.clone() + part.without_autodiff();
            }
        }
        Ok(())
    }

    /// Adds the losses of a micro-batch that another process computed, and the request to stop.
    fn add_losses(&mut self, [masked, order, stop]: [Tensor<1>; 3], reached: Reached) {
        let parts = [(masked, reached.by_masked), (order, reached.by_order)];
        for (sum, (part, is_there)) in self.losses.iter_mut().zip(parts) {
            if is_there {
                *sum = sum.clone() + part;
            }
        }
        self.stop = Some(match self.stop.take() {
            Some(sum) => sum + stop,
            None => stop,
        });
    }
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

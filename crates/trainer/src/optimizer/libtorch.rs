//! The same formulas on LibTorch's devices: all parameters in few calls, written in place.
#![expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]

use burn::tensor::{Device, Tensor};
use burn_tch::{LibTorch, TchTensor};
use libtorch::update::{self, Decision, Lamb, Lists, Numbers};
use model::{BertForPreTraining, ParameterInfo, ParameterMapper, map_parameters};

use super::Gradients;
use super::state::OptimizerState;
use super::update::{Moments, Update};
use crate::options::OptimizerOptions;

/// `AdamW` on every parameter with a gradient, at a rate. Only the device knows the step's figures, `[3]`, so gradients are
/// clipped, or the update is skipped, there.
pub(super) fn adamw(
    (options, rate): (&OptimizerOptions, f64),
    model: BertForPreTraining,
    gradients: Gradients,
    figures: Tensor<1>,
    state: &mut OptimizerState,
) -> BertForPreTraining {
    let decision = decide(primitive(figures), options.clip_norm, state);
    let (model, groups) = collect(model, gradients, state);
    groups.adamw(options, rate, &decision);
    model
}

/// LAMB on every parameter with a gradient, on gradients times `factor`.
pub(super) fn lamb(
    update: &Update,
    model: BertForPreTraining,
    gradients: Gradients,
    factor: f64,
    state: &mut OptimizerState,
) -> BertForPreTraining {
    let (model, groups) = collect(model, gradients, state);
    groups.lamb(update, factor);
    model
}

/// The global norm, `[1]`, left on the device.
pub(super) fn norm<'g>(
    gradients: impl Iterator<Item = &'g Tensor<1>>,
    device: &Device,
) -> Tensor<1> {
    let gradients: Vec<TchTensor> = gradients.cloned().map(primitive).collect();
    let gradients: Vec<&tch::Tensor> = gradients.iter().map(|gradient| &gradient.tensor).collect();
    if gradients.is_empty() {
        return Tensor::zeros([1], device);
    }
    wrapped(update::norm(&gradients).view([1]))
}

/// What the host would decide of a step's figures (masked loss, order loss, norm; `[3]`), without their being read: whether
/// the update is skipped, and, as gradients are divided by it, max(1, ‖g‖ / c) (method §5). The update is counted.
fn decide(figures: TchTensor, clip_norm: f64, state: &mut OptimizerState) -> Decision {
    let figures = figures.tensor;
    let is_finite = figures.isfinite().all();
    let skipped = is_finite.logical_not().to_kind(tch::Kind::Float);
    let skipped = wrapped(skipped.view([1]));
    Decision {
        t: primitive(state.count_on_device(skipped.clone())).tensor,
        scale: (figures.narrow(0, 2, 1) / clip_norm).clamp_min(1.0),
        skipped: primitive(skipped).tensor,
    }
}

/// Parameters, gradients and moments in lists. The model and the state have the tensors that are then written.
fn collect(
    model: BertForPreTraining,
    gradients: Gradients,
    state: &mut OptimizerState,
) -> (BertForPreTraining, Groups) {
    let mut collected = Collect {
        gradients,
        state,
        groups: Groups::default(),
    };
    let model = map_parameters(model, &mut collected);
    (model, collected.groups)
}

struct Collect<'s> {
    gradients: Gradients,
    state: &'s mut OptimizerState,
    groups: Groups,
}

impl ParameterMapper for Collect<'_> {
    fn map<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D> {
        let Some(gradient) = self.gradients.take(&parameter.name) else {
            return tensor;
        };
        let moments = self.state.take(&parameter.name, &gradient);
        let (tensor, moments) = self.groups.add(parameter.decays, tensor, gradient, moments);
        self.state.put(&parameter.name, moments);
        tensor
    }
}

/// Parameters with decay and those without.
#[derive(Default)]
pub(super) struct Groups {
    decaying: Lists,
    others: Lists,
}

impl Groups {
    /// Adds a parameter; what is given back is written by [`Self::adamw`] or [`Self::lamb`].
    pub(super) fn add<const D: usize>(
        &mut self,
        decays: bool,
        parameter: Tensor<D>,
        gradient: Tensor<1>,
        moments: Moments,
    ) -> (Tensor<D>, Moments) {
        let lists = if decays {
            &mut self.decaying
        } else {
            &mut self.others
        };
        let parameter = own(parameter, &mut lists.parameters);
        own(gradient, &mut lists.gradients);
        let moments = Moments {
            first: own(moments.first, &mut lists.first),
            second: own(moments.second, &mut lists.second),
        };
        (parameter, moments)
    }

    /// One update of all by `AdamW`, as the device decides.
    pub(super) fn adamw(mut self, options: &OptimizerOptions, rate: f64, decision: &Decision) {
        for (lists, decay) in [
            (&mut self.decaying, options.weight_decay),
            (&mut self.others, 0.0),
        ] {
            let numbers = Numbers {
                rate,
                beta1: options.beta1,
                beta2: options.beta2,
                epsilon: options.epsilon,
                decay,
            };
            update::adamw(lists, &numbers, decision);
        }
    }

    /// One update of all by LAMB, on gradients times `factor`.
    pub(super) fn lamb(mut self, update: &Update, factor: f64) {
        for (lists, decays) in [(&mut self.decaying, true), (&mut self.others, false)] {
            let numbers = Numbers {
                rate: update.rate,
                beta1: update.beta1,
                beta2: update.beta2,
                epsilon: update.epsilon,
                decay: update.decay(decays),
            };
            let lamb = Lamb {
                factor,
                correction1: update.correction1,
                correction2: update.correction2,
                scaled: update.is_scaled(decays),
            };
            update::lamb(lists, &numbers, &lamb);
        }
    }
}

/// The tensor, in memory that nobody else looks at (a copy where somebody does), and a flat view of it on the list.
fn own<const D: usize>(tensor: Tensor<D>, list: &mut Vec<tch::Tensor>) -> Tensor<D> {
    let tensor = primitive(tensor);
    let tensor = if tensor.can_mut() && tensor.tensor.is_contiguous() {
        tensor
    } else {
        TchTensor::new(tensor.tensor.contiguous().copy())
    };
    list.push(tensor.tensor.view([-1]));
    Tensor::from_primitive::<LibTorch>(tensor)
}

fn wrapped(tensor: tch::Tensor) -> Tensor<1> {
    Tensor::from_primitive::<LibTorch>(TchTensor::new(tensor))
}

fn primitive<const D: usize>(tensor: Tensor<D>) -> TchTensor {
    tensor
        .try_into_primitive::<LibTorch>()
        .expect("a tensor of LibTorch's device")
}

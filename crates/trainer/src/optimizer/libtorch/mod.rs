//! The same formulas on LibTorch's devices: all parameters in few calls, written in place.
#![expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]

mod calls;

use burn::tensor::Tensor;
use burn_tch::{LibTorch, TchTensor};
use model::{BertForPreTraining, ParameterInfo, ParameterMapper, map_parameters};

use super::Gradients;
use super::state::OptimizerState;
use super::update::{Moments, Update};
use calls::{Lists, Numbers};

/// Brings every parameter with a gradient and its moments up to date.
pub(super) fn update(
    update: &Update,
    model: BertForPreTraining,
    gradients: Gradients,
    factor: f64,
    state: &mut OptimizerState,
) -> BertForPreTraining {
    let mut collected = Collect {
        gradients,
        state,
        groups: Groups::default(),
    };
    // The new model has the tensors that are then written.
    let model = map_parameters(model, &mut collected);
    collected.groups.apply(update, factor);
    model
}

/// The global norm; one number is read from the device.
pub(super) fn norm<'g>(gradients: impl Iterator<Item = &'g Tensor<1>>) -> f64 {
    let gradients: Vec<TchTensor> = gradients.cloned().map(primitive).collect();
    let gradients: Vec<&tch::Tensor> = gradients.iter().map(|gradient| &gradient.tensor).collect();
    calls::norm(&gradients).double_value(&[])
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
    /// Adds a parameter; what is given back is written by [`Self::apply`].
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

    /// One update of all.
    pub(super) fn apply(mut self, update: &Update, factor: f64) {
        for (lists, decays) in [(&mut self.decaying, true), (&mut self.others, false)] {
            let numbers = Numbers {
                factor,
                rate: update.rate,
                beta1: update.beta1,
                beta2: update.beta2,
                epsilon: update.epsilon,
                decay: update.decay(decays),
                correction1: update.correction1,
                correction2: update.correction2,
                t: update.t as f64,
            };
            if update.is_adamw() {
                calls::adamw(lists, &numbers);
            } else {
                calls::lamb(lists, &numbers, update.is_scaled(decays));
            }
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

fn primitive<const D: usize>(tensor: Tensor<D>) -> TchTensor {
    tensor
        .try_into_primitive::<LibTorch>()
        .expect("a tensor of LibTorch's device")
}

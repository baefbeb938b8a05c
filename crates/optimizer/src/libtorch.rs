//! The formulas of `update.rs` on LibTorch's devices: few calls update all parameters, in place.

use ::libtorch::update::{Decision, Lamb, Lists, Numbers};
use burn::tensor::{Device, Tensor};
use device::{from_libtorch, to_libtorch, to_unshared_libtorch};
use model::{Named, ParameterInfo, ParameterMapper, map_parameters};

use crate::error::OptimizerError;
use crate::gradients::Gradients;
use crate::muon::update_matrix;
use crate::options::OptimizerOptions;
use crate::state::OptimizerState;
use crate::update::{Moments, Update};

/// Updates every parameter that has a gradient by `AdamW`. The losses and the gradient norm of the step, `[N + 1]`, are only
/// on the device, so the device clips the gradients or skips the update.
pub(crate) fn adamw<M: Named>(
    options: &OptimizerOptions,
    learning_rate: f64,
    model: M,
    gradients: Gradients,
    stats: Tensor<1>,
    state: &mut OptimizerState,
) -> Result<M, OptimizerError> {
    let decision = decide(&to_libtorch(stats), options.clip_norm, state);
    let (model, groups) = collect(model, gradients, None, state)?;
    groups.adamw(options, learning_rate, &decision);
    Ok(model)
}

/// Updates every parameter that has a gradient by LAMB or Muon, on gradients times `factor`.
pub(crate) fn update<M: Named>(
    update: &Update,
    model: M,
    gradients: Gradients,
    factor: f64,
    state: &mut OptimizerState,
) -> Result<M, OptimizerError> {
    let (model, groups) = collect(model, gradients, Some((update, factor)), state)?;
    groups.lamb(update, factor);
    Ok(model)
}

/// Computes the global norm, `[1]`, and leaves it on the device.
pub(crate) fn norm<'g>(
    gradients: impl Iterator<Item = &'g Tensor<1>>,
    device: &Device,
) -> Tensor<1> {
    let gradients: Vec<tch::Tensor> = gradients
        .map(|gradient| to_libtorch(gradient.clone()))
        .collect();
    let gradients: Vec<&tch::Tensor> = gradients.iter().collect();
    if gradients.is_empty() {
        return Tensor::zeros([1], device);
    }
    from_libtorch(::libtorch::update::norm(&gradients).view([1]))
}

/// Decides on the device, as the host would, whether the update is skipped, and the divisor max(1, ‖g‖ / c) of the gradients
/// (method §5). Counts the update. `stats`: the losses of the step, then the gradient norm; `[N + 1]`.
fn decide(stats: &tch::Tensor, clip_norm: f64, state: &mut OptimizerState) -> Decision {
    let is_finite = stats.isfinite().all();
    let skipped = is_finite.logical_not().to_kind(tch::Kind::Float);
    let skipped: Tensor<1> = from_libtorch(skipped.view([1]));
    Decision {
        t: to_libtorch(state.count_on_device(skipped.clone())),
        scale: (stats.narrow(0, -1, 1) / clip_norm).clamp_min(1.0),
        skipped: to_libtorch(skipped),
    }
}

/// Collects parameters, gradients and moments in lists. The lists share their memory with the returned model and with the
/// state, so an update of the lists is an update of both. Matrices that have a momentum under `update` are not collected,
/// but updated at once, on gradients times the factor.
fn collect<M: Named>(
    model: M,
    gradients: Gradients,
    update: Option<(&Update, f64)>,
    state: &mut OptimizerState,
) -> Result<(M, Groups), OptimizerError> {
    let mut collected = Collect {
        gradients,
        update,
        state,
        groups: Groups::default(),
    };
    let model = map_parameters(model, &mut collected)?;
    Ok((model, collected.groups))
}

struct Collect<'s> {
    gradients: Gradients,
    update: Option<(&'s Update, f64)>,
    state: &'s mut OptimizerState,
    groups: Groups,
}

impl ParameterMapper for Collect<'_> {
    fn map<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D> {
        let Some(gradient) = self.gradients.take(&parameter.name) else {
            return tensor;
        };
        if let Some((update, factor)) = self.update
            && update.has_momentum(parameter)
        {
            return update_matrix(update, parameter, tensor, gradient * factor, self.state);
        }
        let moments = self.state.take(&parameter.name, &gradient);
        let (tensor, moments) = self.groups.add(parameter.decays, tensor, gradient, moments);
        self.state.put(&parameter.name, moments);
        tensor
    }
}

/// The tensors of parameters with weight decay, and of those without.
#[derive(Default)]
pub(crate) struct Groups {
    decaying: Lists,
    others: Lists,
}

impl Groups {
    /// Adds a parameter. [`Self::adamw`] or [`Self::lamb`] then write into the returned tensors.
    pub(crate) fn add<const D: usize>(
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

    /// Updates all parameters by `AdamW`, as the device decided.
    pub(crate) fn adamw(
        mut self,
        options: &OptimizerOptions,
        learning_rate: f64,
        decision: &Decision,
    ) {
        for (lists, decay) in [
            (&mut self.decaying, options.weight_decay),
            (&mut self.others, 0.0),
        ] {
            if lists.parameters.is_empty() {
                continue; // LibTorch refuses empty lists
            }
            let numbers = Numbers {
                rate: learning_rate,
                beta1: options.beta1,
                beta2: options.beta2,
                epsilon: options.epsilon,
                decay,
            };
            ::libtorch::update::adamw(lists, &numbers, decision);
        }
    }

    /// Updates all parameters by LAMB, or by `AdamW` for Muon, on gradients times `factor`.
    pub(crate) fn lamb(mut self, update: &Update, factor: f64) {
        for (lists, decays) in [(&mut self.decaying, true), (&mut self.others, false)] {
            if lists.parameters.is_empty() {
                continue;
            }
            let numbers = Numbers {
                rate: update.learning_rate,
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
            ::libtorch::update::lamb(lists, &numbers, &lamb);
        }
    }
}

/// Makes sure that nothing else refers to the memory of a tensor, by a copy if need be, and adds a flat view of it to the
/// list.
fn own<const D: usize>(tensor: Tensor<D>, list: &mut Vec<tch::Tensor>) -> Tensor<D> {
    let tensor = to_unshared_libtorch(tensor);
    list.push(tensor.view([-1]));
    from_libtorch(tensor)
}

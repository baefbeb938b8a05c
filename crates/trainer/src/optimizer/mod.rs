//! `AdamW` and LAMB over all parameters of the model, by Hugging Face's names.

mod gradients;
mod host;
#[cfg(feature = "tch")]
mod libtorch;
mod state;
#[cfg(test)]
mod tests;
mod update;

pub(crate) use gradients::{Gradients, numbers};
pub use state::OptimizerState;

use burn::tensor::Tensor;
use model::{BertForPreTraining, ParameterInfo, ParameterMapper, map_parameters};

use crate::device::is_host;
#[cfg(feature = "tch")]
use crate::device::is_libtorch;
use crate::options::{OptimizerName, OptimizerOptions};
use update::Update;

/// An update with its settings; what it remembers is in [`OptimizerState`].
#[derive(Clone, Debug)]
pub struct Optimizer {
    options: OptimizerOptions,
}

impl Optimizer {
    /// An optimizer of these settings.
    pub const fn new(options: OptimizerOptions) -> Self {
        Self { options }
    }

    /// What gradients are multiplied by so that their global norm is at most `clip_norm`: g / max(1, ‖g‖ / c), over all
    /// parameters (method §5). `lamb` is the paper's, which does not clip.
    pub fn clip_factor(&self, norm: f64) -> f64 {
        match self.options.name {
            OptimizerName::Lamb => 1.0,
            _ => (self.options.clip_norm / norm).min(1.0),
        }
    }

    /// One update of every parameter: gradients times `factor`, at a rate.
    pub(crate) fn update(
        &self,
        model: BertForPreTraining,
        gradients: Gradients,
        factor: f64,
        rate: f64,
        state: &mut OptimizerState,
    ) -> BertForPreTraining {
        state.n_updates += 1;
        let update = Update::new(&self.options, rate, state.n_updates);
        #[cfg(feature = "tch")]
        if is_libtorch(&model.device()) {
            return libtorch::update(&update, model, gradients, factor, state);
        }
        let mut apply = Apply {
            update,
            gradients,
            factor,
            state,
        };
        map_parameters(model, &mut apply)
    }
}

struct Apply<'s> {
    update: Update,
    gradients: Gradients,
    factor: f64,
    state: &'s mut OptimizerState,
}

impl ParameterMapper for Apply<'_> {
    fn map<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D> {
        let Some(gradient) = self.gradients.take(&parameter.name) else {
            return tensor;
        };
        let shape = tensor.shape();
        let flat = tensor.reshape([-1]);
        let moments = self.state.take(&parameter.name, &flat);
        let (flat, moments) = if is_host(&flat.device()) {
            let gradient = (gradient, self.factor);
            host::apply(&self.update, flat, gradient, moments, parameter.decays)
        } else {
            let gradient = gradient * self.factor;
            self.update.apply(flat, gradient, moments, parameter.decays)
        };
        self.state.put(&parameter.name, moments);
        flat.reshape(shape)
    }
}

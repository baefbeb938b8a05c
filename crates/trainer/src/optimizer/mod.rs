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
pub(crate) use state::MomentsSnapshot;
pub use state::OptimizerState;

use burn::tensor::Tensor;
use model::{BertForPreTraining, ParameterInfo, ParameterMapper, map_parameters};

use crate::device::is_host;
#[cfg(feature = "tch")]
use crate::device::is_libtorch;
use crate::figures::Figures;
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

    /// What becomes of the gradients of a step with these figures; they are read where the host decides.
    ///
    /// LibTorch's fused `AdamW` divides gradients by a number and skips an update by a flag that lie on the device. LAMB is
    /// made for steps so large that one read does not show.
    pub(crate) fn clip(&self, figures: Figures) -> (Figures, Clip) {
        #[cfg(feature = "tch")]
        if let Figures::OnDevice(three) = &figures
            && self.options.name == OptimizerName::Adamw
            && is_libtorch(&three.device())
        {
            let clip = Clip::OnDevice(three.clone());
            return (figures, clip);
        }
        let step = figures.read();
        let clip = if step.skipped {
            Clip::Skip
        } else {
            Clip::Times(self.clip_factor(step.gradient_norm))
        };
        (Figures::Read(step), clip)
    }

    /// One update of every parameter, at a rate, or none.
    pub(crate) fn update(
        &self,
        model: BertForPreTraining,
        gradients: Gradients,
        clip: &Clip,
        rate: f64,
        state: &mut OptimizerState,
    ) -> BertForPreTraining {
        let factor = match clip {
            Clip::Times(factor) => *factor,
            Clip::Skip => return model,
            #[cfg(feature = "tch")]
            Clip::OnDevice(figures) => {
                let settings = (&self.options, rate);
                return libtorch::adamw(settings, model, gradients, figures.clone(), state);
            }
        };
        let update = Update::new(&self.options, rate, state.count_update());
        #[cfg(feature = "tch")]
        if is_libtorch(&model.device()) {
            return libtorch::lamb(&update, model, gradients, factor, state);
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

/// What becomes of the gradients of a step.
#[cfg_attr(
    feature = "tch",
    expect(clippy::large_enum_variant, reason = "a step has one of them")
)]
pub(crate) enum Clip {
    /// They are multiplied by it, so that they are clipped.
    Times(f64),
    /// Something is not finite: there is no update.
    Skip,
    /// The device finds it out by itself, of the step's figures, `[3]`: the host does not know.
    #[cfg(feature = "tch")]
    OnDevice(Tensor<1>),
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

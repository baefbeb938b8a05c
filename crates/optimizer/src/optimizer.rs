//! One update of all parameters of a model: clip, skip, apply.

use burn::tensor::Tensor;
use device::is_flex;
#[cfg(feature = "tch")]
use device::is_libtorch;
use model::{ModelError, Named, ParameterInfo, ParameterMapper, map_parameters};

use crate::gradients::Gradients;
use crate::host;
#[cfg(feature = "tch")]
use crate::libtorch;
use crate::options::{OptimizerName, OptimizerOptions};
use crate::state::OptimizerState;
use crate::step_stats::QueuedStats;
use crate::update::Update;

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

    /// One update of every parameter that has a gradient, at a learning rate. A step with a number that is not finite
    /// leaves the model and the moments as they were.
    ///
    /// The statistics come back read if the host decided whether to skip, and still queued if the device did.
    pub fn step<M: Named>(
        &self,
        model: M,
        gradients: Gradients,
        stats: QueuedStats,
        rate: f64,
        state: &mut OptimizerState,
    ) -> Result<(M, QueuedStats), ModelError> {
        let (stats, clip) = self.clip(stats);
        let model = self.update(model, gradients, &clip, rate, state)?;
        Ok((model, stats))
    }

    /// Decides what is done with the gradients of a step with these statistics, which are read if the host decides.
    ///
    /// LibTorch's fused `AdamW` takes a divisor of the gradients and a flag to skip the update from the device. LAMB is
    /// meant for steps so large that one read does not show.
    fn clip(&self, stats: QueuedStats) -> (QueuedStats, Clip) {
        #[cfg(feature = "tch")]
        if let QueuedStats::OnDevice(three) = &stats
            && self.options.name == OptimizerName::Adamw
            && is_libtorch(&three.device())
        {
            let clip = Clip::OnDevice(three.clone());
            return (stats, clip);
        }
        let step = stats.read();
        let clip = if step.skipped {
            Clip::Skip
        } else {
            Clip::Times(self.clip_factor(step.gradient_norm))
        };
        (QueuedStats::Read(step), clip)
    }

    fn update<M: Named>(
        &self,
        model: M,
        gradients: Gradients,
        clip: &Clip,
        rate: f64,
        state: &mut OptimizerState,
    ) -> Result<M, ModelError> {
        let factor = match clip {
            Clip::Times(factor) => *factor,
            Clip::Skip => return Ok(model),
            #[cfg(feature = "tch")]
            Clip::OnDevice(stats) => {
                let stats = stats.clone();
                return libtorch::adamw(&self.options, rate, model, gradients, stats, state);
            }
        };
        let update = Update::new(&self.options, rate, state.count_update());
        #[cfg(feature = "tch")]
        if gradients
            .by_name()
            .values()
            .next()
            .is_some_and(|gradient| is_libtorch(&gradient.device()))
        {
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

/// What is done with the gradients of a step.
#[cfg_attr(
    feature = "tch",
    expect(clippy::large_enum_variant, reason = "there is one per step")
)]
enum Clip {
    /// They are multiplied by this factor, which clips them.
    Times(f64),
    /// A number is not finite: there is no update.
    Skip,
    /// The device decides by the step's statistics, `[3]`: the host does not know the outcome.
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
        let (flat, moments) = if is_flex(&flat.device()) {
            let (update, factor) = (&self.update, self.factor);
            host::apply(update, flat, gradient, factor, moments, parameter.decays)
        } else {
            let gradient = gradient * self.factor;
            self.update.apply(flat, gradient, moments, parameter.decays)
        };
        self.state.put(&parameter.name, moments);
        flat.reshape(shape)
    }
}

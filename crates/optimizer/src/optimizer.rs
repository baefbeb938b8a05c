//! One update of all parameters of a model: norm, clip, skip, apply.

use burn::tensor::Tensor;
use device::is_flex;
#[cfg(feature = "tch")]
use device::is_libtorch;
use model::{Named, ParameterInfo, ParameterMapper, map_parameters};

use crate::error::OptimizerError;
use crate::gradients::Gradients;
use crate::host;
#[cfg(feature = "tch")]
use crate::libtorch;
use crate::muon::update_matrix;
use crate::options::{OptimizerName, OptimizerOptions};
use crate::state::OptimizerState;
use crate::step_stats::QueuedStats;
use crate::update::Update;

/// An optimizer with its constants. What changes from update to update is in [`OptimizerState`].
#[derive(Clone, Debug)]
pub struct Optimizer {
    options: OptimizerOptions,
}

impl Optimizer {
    /// Makes an optimizer.
    pub const fn new(options: OptimizerOptions) -> Self {
        Self { options }
    }

    /// Updates every parameter that has a gradient, and returns the model with the statistics of the step.
    ///
    /// The global norm of the gradients is computed, and the gradients are clipped to it (method §5). If a loss or the norm
    /// is not finite, the update is skipped: model and state stay as they were. `losses`, `[1]` each, are only looked at for
    /// that, and for the statistics.
    ///
    /// If the host decided what to do, it has read the statistics. If the device did, they are still queued.
    ///
    /// # Panics
    /// On the pure-Rust device, if a parameter is not f32.
    pub fn step<M: Named, const N: usize>(
        &self,
        model: M,
        mut gradients: Gradients,
        losses: [Tensor<1>; N],
        learning_rate: f64,
        state: &mut OptimizerState,
    ) -> Result<(M, QueuedStats<N>), OptimizerError> {
        const { assert!(N > 0, "a step has a loss") };
        let norm = gradients.norm(&losses[0].device());
        let (stats, clip) = self.clip(QueuedStats::new(losses, norm));
        let model = match clip {
            Clip::Skip => model,
            Clip::Times(factor) => self.update(model, gradients, factor, learning_rate, state)?,
            #[cfg(feature = "tch")]
            Clip::OnDevice(stats) => {
                libtorch::adamw(&self.options, learning_rate, model, gradients, stats, state)?
            }
        };
        Ok((model, stats))
    }

    /// The factor that clips gradients of a global norm: with c = `clip_norm` it is 1 / max(1, ‖g‖ / c) (method §5). `lamb` is
    /// the published form, which does not clip.
    pub(crate) fn clip_factor(&self, norm: f64) -> f64 {
        match self.options.name {
            OptimizerName::Lamb => 1.0,
            _ => (self.options.clip_norm / norm).min(1.0),
        }
    }

    /// Decides what happens to the gradients of a step.
    ///
    /// LibTorch's fused `AdamW` takes the divisor of the gradients and the flag to skip from the device, so the host reads
    /// nothing. Everything else is decided on the host. That is no loss for LAMB and Muon, whose steps are so large that one
    /// read per step costs nothing measurable. `BertAdam`, whose steps are small, waits for the device at every step too:
    /// LibTorch has no fused form of it.
    fn clip<const N: usize>(&self, stats: QueuedStats<N>) -> (QueuedStats<N>, Clip) {
        #[cfg(feature = "tch")]
        if let QueuedStats::OnDevice(tensor) = &stats
            && self.options.name == OptimizerName::Adamw
            && is_libtorch(&tensor.device())
        {
            let clip = Clip::OnDevice(tensor.clone());
            return (stats, clip);
        }
        let stats = stats.read();
        let clip = if stats.skipped {
            Clip::Skip
        } else {
            Clip::Times(self.clip_factor(stats.gradient_norm))
        };
        (QueuedStats::Read(stats), clip)
    }

    /// Updates every parameter that has a gradient, on gradients times `factor`.
    fn update<M: Named>(
        &self,
        model: M,
        gradients: Gradients,
        factor: f64,
        learning_rate: f64,
        state: &mut OptimizerState,
    ) -> Result<M, OptimizerError> {
        let update = Update::new(&self.options, learning_rate, state.count_update());
        #[cfg(feature = "tch")]
        if gradients
            .by_name()
            .values()
            .next()
            .is_some_and(|gradient| is_libtorch(&gradient.device()))
        {
            return libtorch::update(&update, model, gradients, factor, state);
        }
        let mut apply = Apply {
            update,
            gradients,
            factor,
            state,
        };
        Ok(map_parameters(model, &mut apply)?)
    }
}

/// What happens to the gradients of a step.
#[cfg_attr(
    feature = "tch",
    expect(clippy::large_enum_variant, reason = "there is one per step")
)]
enum Clip {
    /// They are multiplied by this factor, which clips them.
    Times(f64),
    /// A number is not finite, so there is no update.
    Skip,
    /// The device decides by the losses and the gradient norm, `[N + 1]`. The host does not know what it decides.
    #[cfg(feature = "tch")]
    OnDevice(Tensor<1>),
}

/// Applies an update to one parameter after the other.
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
        if self.update.has_momentum(parameter) {
            let gradient = gradient * self.factor;
            return update_matrix(&self.update, parameter, tensor, gradient, self.state);
        }
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

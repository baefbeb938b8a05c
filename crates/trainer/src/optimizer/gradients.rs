//! Gradients of a step, summed over its micro-batches.

use std::collections::BTreeMap;

use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};
use model::{BertForPreTraining, ParameterInfo, ParameterVisitor, visit_parameters};

use super::host;
#[cfg(feature = "tch")]
use super::libtorch;
use crate::device::is_host;
#[cfg(feature = "tch")]
use crate::device::is_libtorch;

/// Flat gradients by Hugging Face's names, `[elements]` each.
#[derive(Default)]
pub(crate) struct Gradients {
    by_name: BTreeMap<String, Tensor<1>>,
}

impl Gradients {
    /// Adds those of a loss.
    pub(crate) fn add(&mut self, loss: &Tensor<1>, model: &BertForPreTraining) {
        let found = GradientsParams::from_grads(loss.backward(), model);
        visit_parameters(model, &mut Collect { found, sum: self });
    }

    /// The global norm ‖g‖ over all parameters, `[1]`, left on the device; in the host's memory of 64 bits, as it is summed.
    pub(crate) fn norm(&mut self, device: &Device) -> Tensor<1> {
        let device = device.clone().without_autodiff();
        if is_host(&device) {
            let norm = self.host_squares().sqrt();
            return Tensor::from_data([norm], (&device, DType::F64));
        }
        #[cfg(feature = "tch")]
        if is_libtorch(&device) {
            return libtorch::norm(self.by_name.values(), &device);
        }
        let squares = self
            .by_name
            .values()
            .map(|gradient| (gradient.clone() * gradient.clone()).sum());
        let sum = squares.reduce(|a, b| a + b);
        sum.map_or_else(|| Tensor::zeros([1], &device), Tensor::sqrt)
    }

    fn host_squares(&mut self) -> f64 {
        let mut sum = 0.0;
        let squared = std::mem::take(&mut self.by_name)
            .into_iter()
            .map(|(name, gradient)| {
                let (squares, gradient) = host::squares(gradient);
                sum += squares;
                (name, gradient)
            });
        self.by_name = squared.collect();
        sum
    }

    /// Takes a parameter's gradient out.
    pub(super) fn take(&mut self, name: &str) -> Option<Tensor<1>> {
        self.by_name.remove(name)
    }

    /// All of them, by name.
    #[cfg(test)]
    pub(crate) fn by_name(&self) -> &BTreeMap<String, Tensor<1>> {
        &self.by_name
    }
}

/// The numbers of a tensor, read from the device.
pub(crate) fn numbers(tensor: Tensor<1>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

struct Collect<'s> {
    found: GradientsParams,
    sum: &'s mut Gradients,
}

impl ParameterVisitor for Collect<'_> {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, _tensor: Tensor<D>) {
        let Some(gradient) = self.found.remove::<D>(parameter.id) else {
            return;
        };
        let gradient = gradient.reshape([-1]);
        let sum = match self.sum.by_name.remove(&parameter.name) {
            Some(sum) => sum + gradient,
            None => gradient,
        };
        self.sum.by_name.insert(parameter.name.clone(), sum);
    }
}

//! Gradients of a step, summed over its micro-batches.

use std::collections::BTreeMap;

use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use model::{BertForPreTraining, ParameterInfo, ParameterVisitor, visit_parameters};

/// Flat gradients by Hugging Face's names, `[elements]` each.
#[derive(Default)]
pub struct Gradients {
    by_name: BTreeMap<String, Tensor<1>>,
}

impl Gradients {
    /// Adds those of a backward pass.
    pub fn add(&mut self, loss: &Tensor<1>, model: &BertForPreTraining) {
        let found = GradientsParams::from_grads(loss.backward(), model);
        visit_parameters(model, &mut Collect { found, sum: self });
    }

    /// The global norm ‖g‖ over all parameters; one number is read from the device.
    pub fn norm(&self) -> f64 {
        let squares = self
            .by_name
            .values()
            .map(|gradient| gradient.clone().powf_scalar(2.0).sum());
        let Some(total) = squares.reduce(|a, b| a + b) else {
            return 0.0;
        };
        scalar(&total).sqrt()
    }

    /// Takes a parameter's gradient out.
    pub fn take(&mut self, name: &str) -> Option<Tensor<1>> {
        self.by_name.remove(name)
    }

    /// A parameter's gradient.
    pub fn get(&self, name: &str) -> Option<&Tensor<1>> {
        self.by_name.get(name)
    }
}

/// The one number of a tensor, read from the device.
pub(crate) fn scalar(tensor: &Tensor<1>) -> f64 {
    let data: TensorData = tensor.clone().into_data();
    data.iter::<f64>().next().unwrap_or(f64::NAN)
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

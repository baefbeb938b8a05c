//! Gradients of a step, summed over its micro-batches.

use std::collections::BTreeMap;

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use model::{ModelError, Named, ParameterInfo, ParameterVisitor, visit_parameters};

/// Flat gradients by Hugging Face's names, `[elements]` each.
#[derive(Debug, Default)]
pub struct Gradients {
    by_name: BTreeMap<String, Tensor<1>>,
}

impl Gradients {
    /// Runs the backward pass of a loss, `[1]`, and adds its gradients.
    pub fn add<M: Named>(&mut self, loss: &Tensor<1>, model: &M) -> Result<(), ModelError> {
        let found = GradientsParams::from_grads(loss.backward(), model);
        visit_parameters(model, &mut Collect { found, sum: self })
    }

    /// Takes all gradients out, and puts back what `each` returns for them.
    pub(crate) fn replace(&mut self, mut each: impl FnMut(Tensor<1>) -> Tensor<1>) {
        let taken = std::mem::take(&mut self.by_name);
        self.by_name = taken
            .into_iter()
            .map(|(name, gradient)| (name, each(gradient)))
            .collect();
    }

    /// Takes a parameter's gradient out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Tensor<1>> {
        self.by_name.remove(name)
    }

    /// All gradients by the names of their parameters, `[elements]` each.
    pub const fn by_name(&self) -> &BTreeMap<String, Tensor<1>> {
        &self.by_name
    }
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

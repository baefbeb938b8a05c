//! The gradients of a step, summed over its micro-batches.

use std::collections::BTreeMap;

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use model::{Named, ParameterInfo, ParameterVisitor, visit_parameters};

use crate::error::OptimizerError;

/// The gradients of a step by the names of their parameters, flat: `[elements]` each.
///
/// A parameter that the loss does not reach has no gradient.
#[derive(Debug, Default)]
pub struct Gradients {
    by_name: BTreeMap<String, Tensor<1>>,
}

impl Gradients {
    /// Runs the backward pass of a loss, `[1]`, and adds its gradients to those of earlier calls.
    pub fn add<M: Named>(&mut self, loss: &Tensor<1>, model: &M) -> Result<(), OptimizerError> {
        let found = GradientsParams::from_grads(loss.backward(), model);
        Ok(visit_parameters(model, &mut Collect { found, sum: self })?)
    }

    /// Replaces every gradient with what `each` returns for it. `each` owns the gradient's memory, so it needs no copy.
    pub(crate) fn replace(&mut self, mut each: impl FnMut(Tensor<1>) -> Tensor<1>) {
        let taken = std::mem::take(&mut self.by_name);
        self.by_name = taken
            .into_iter()
            .map(|(name, gradient)| (name, each(gradient)))
            .collect();
    }

    /// Sets the gradient of a parameter.
    pub(crate) fn put(&mut self, name: String, gradient: Tensor<1>) {
        self.by_name.insert(name, gradient);
    }

    /// Adds to the gradient of a parameter; the first one is taken as it is.
    pub(crate) fn add_to(&mut self, name: String, gradient: Tensor<1>) {
        let sum = match self.by_name.remove(&name) {
            Some(sum) => sum + gradient,
            None => gradient,
        };
        self.by_name.insert(name, sum);
    }

    /// Removes a parameter's gradient, and returns it.
    pub(crate) fn take(&mut self, name: &str) -> Option<Tensor<1>> {
        self.by_name.remove(name)
    }

    /// All gradients by the names of their parameters; `[elements]` each.
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
        self.sum
            .add_to(parameter.name.clone(), gradient.reshape([-1]));
    }
}

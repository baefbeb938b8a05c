//! The formulas of `AdamW` and LAMB (method §5), on one parameter at a time. All tensors are flat: `[elements]`. `muon.rs` has the
//! formula of Muon, which needs matrices.

use burn::tensor::Tensor;
use model::ParameterInfo;

use crate::options::{OptimizerName, OptimizerOptions};

/// The moments of a parameter: running means that an optimizer keeps from update to update.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    /// m: running mean of the gradients; `[elements]`.
    pub first: Tensor<1>,
    /// v: running mean of the squared gradients; `[elements]`.
    pub second: Tensor<1>,
}

/// The constants of the formulas in one update.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    name: OptimizerName,
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    pub(crate) epsilon: f64,
    /// μ, of Muon only.
    pub(crate) momentum: f64,
    weight_decay: f64,
    pub(crate) learning_rate: f64,
    /// 1 − β₁ᵗ, or 1 for `BertAdam`: the divisor of m.
    pub(crate) correction1: f64,
    /// 1 − β₂ᵗ, or 1 for `BertAdam`: the divisor of v.
    pub(crate) correction2: f64,
}

impl Update {
    /// Computes the constants of update number `t`, from 1, at a learning rate.
    pub(crate) fn new(options: &OptimizerOptions, learning_rate: f64, t: u64) -> Self {
        let correction = |beta: f64| match options.name {
            OptimizerName::BertAdam => 1.0,
            _ => 1.0 - beta.powf(t as f64),
        };
        Self {
            name: options.name,
            beta1: options.beta1,
            beta2: options.beta2,
            epsilon: options.epsilon,
            momentum: options.momentum(),
            weight_decay: options.weight_decay,
            learning_rate,
            correction1: correction(options.beta1),
            correction2: correction(options.beta2),
        }
    }

    /// λ of a parameter: 0 on biases and layer norms (method §5).
    pub(crate) fn decay(&self, decays: bool) -> f64 {
        if decays { self.weight_decay } else { 0.0 }
    }

    /// Whether a parameter is updated by the formula of Muon, and has a momentum in place of [`Moments`].
    pub(crate) fn has_momentum(&self, parameter: &ParameterInfo) -> bool {
        self.name == OptimizerName::Muon && parameter.is_layer_matrix
    }

    /// Whether a parameter's update is multiplied by the trust ratio: never by `AdamW`, which is also what Muon
    /// applies here, and by NVIDIA's LAMB only if the parameter has weight decay.
    pub(crate) fn is_scaled(&self, decays: bool) -> bool {
        match self.name {
            OptimizerName::Adamw | OptimizerName::BertAdam | OptimizerName::Muon => false,
            OptimizerName::LambNvidia => decays,
            OptimizerName::Lamb | OptimizerName::LambClipped => true,
        }
    }

    /// Updates a parameter and its moments.
    ///
    /// m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; u = m̂ / (√v̂ + ε) + λ p; p ← p − η r u. For `AdamW` (Loshchilov and
    /// Hutter 2019) r is 1, for LAMB (You et al. 2020, algorithm 2) it is the trust ratio.
    pub(crate) fn apply(
        &self,
        parameter: Tensor<1>,
        gradient: Tensor<1>,
        moments: Moments,
        decays: bool,
    ) -> (Tensor<1>, Moments) {
        let first = moments.first * self.beta1 + gradient.clone() * (1.0 - self.beta1);
        let second = moments.second * self.beta2 + gradient.clone() * gradient * (1.0 - self.beta2);
        let root = (second.clone() / self.correction2).sqrt() + self.epsilon;
        let mut update = first.clone() / self.correction1 / root;
        let decay = self.decay(decays);
        if decay > 0.0 {
            update = update + parameter.clone() * decay;
        }
        if self.is_scaled(decays) {
            let ratio = trust_ratio(&parameter, &update);
            update = update * ratio;
        }
        (
            parameter - update * self.learning_rate,
            Moments { first, second },
        )
    }
}

/// Computes the trust ratio ‖p‖ ÷ ‖u‖ of a parameter, `[1]`, on the device. It is 1 if either norm is 0 (You et al. 2020,
/// algorithm 2, with the identity for φ).
fn trust_ratio(parameter: &Tensor<1>, update: &Tensor<1>) -> Tensor<1> {
    let norm = |tensor: &Tensor<1>| (tensor.clone() * tensor.clone()).sum().sqrt();
    let (parameter, update) = (norm(parameter), norm(update));
    let is_zero = parameter
        .clone()
        .equal_elem(0.0)
        .bool_or(update.clone().equal_elem(0.0));
    (parameter / update).mask_fill(is_zero, 1.0)
}

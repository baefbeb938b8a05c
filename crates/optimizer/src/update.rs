//! The formulas, on one parameter at a time. All tensors are flat: `[elements]`.

use burn::tensor::Tensor;

use crate::options::{OptimizerName, OptimizerOptions};

/// What an optimizer remembers of a parameter.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    /// Running mean of gradients, m; `[elements]`.
    pub first: Tensor<1>,
    /// Running mean of squared gradients, v; `[elements]`.
    pub second: Tensor<1>,
}

/// The formulas with the numbers of one update filled in.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    name: OptimizerName,
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    pub(crate) epsilon: f64,
    weight_decay: f64,
    pub(crate) rate: f64,
    /// 1 − β₁ᵗ: what m is divided by.
    pub(crate) correction1: f64,
    /// 1 − β₂ᵗ: what v is divided by.
    pub(crate) correction2: f64,
}

impl Update {
    /// Update number `t`, from 1, at a rate.
    pub(crate) fn new(options: &OptimizerOptions, rate: f64, t: u64) -> Self {
        let correction = |beta: f64| 1.0 - beta.powf(t as f64);
        Self {
            name: options.name,
            beta1: options.beta1,
            beta2: options.beta2,
            epsilon: options.epsilon,
            weight_decay: options.weight_decay,
            rate,
            correction1: correction(options.beta1),
            correction2: correction(options.beta2),
        }
    }

    /// λ of a parameter: none on biases and layer norms (method §5).
    pub(crate) fn decay(&self, decays: bool) -> f64 {
        if decays { self.weight_decay } else { 0.0 }
    }

    /// Whether a parameter's step is scaled by the trust ratio: never by `AdamW`, by NVIDIA's form only with decay.
    pub(crate) fn is_scaled(&self, decays: bool) -> bool {
        match self.name {
            OptimizerName::Adamw => false,
            OptimizerName::LambNvidia => decays,
            OptimizerName::Lamb | OptimizerName::LambClipped => true,
        }
    }

    /// The parameter after the update, and what is remembered.
    ///
    /// m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; u = m̂ / (√v̂ + ε) + λ p; p ← p − η r u. r is 1 for `AdamW`
    /// (Loshchilov and Hutter 2019) and LAMB's trust ratio otherwise (You et al. 2020, algorithm 2).
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
        (parameter - update * self.rate, Moments { first, second })
    }
}

/// ‖p‖ / ‖u‖ of a tensor, 1 where either is 0 (You et al. 2020, algorithm 2: φ the identity); `[1]`, left on the device.
fn trust_ratio(parameter: &Tensor<1>, update: &Tensor<1>) -> Tensor<1> {
    let norm = |tensor: &Tensor<1>| (tensor.clone() * tensor.clone()).sum().sqrt();
    let (parameter, update) = (norm(parameter), norm(update));
    let is_zero = parameter
        .clone()
        .equal_elem(0.0)
        .bool_or(update.clone().equal_elem(0.0));
    (parameter / update).mask_fill(is_zero, 1.0)
}

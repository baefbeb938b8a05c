//! The formulas, on one parameter at a time. All tensors are flat: `[elements]`.

use burn::tensor::Tensor;

use crate::options::{OptimizerName, OptimizerOptions};

/// What an optimizer remembers of a parameter.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Running mean of gradients, m; `[elements]`.
    pub first: Tensor<1>,
    /// Running mean of squared gradients, v; `[elements]`.
    pub second: Tensor<1>,
}

/// The formulas with the numbers of one update filled in.
#[derive(Clone, Debug)]
pub struct Update {
    name: OptimizerName,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    rate: f64,
    correction1: f64,
    correction2: f64,
}

impl Update {
    /// Update number `t`, from 1, at a rate.
    pub fn new(options: &OptimizerOptions, rate: f64, t: u64) -> Self {
        let power = |beta: f64| 1.0 - beta.powf(t as f64);
        Self {
            name: options.name,
            beta1: options.beta1,
            beta2: options.beta2,
            epsilon: options.epsilon,
            weight_decay: options.weight_decay,
            rate,
            correction1: power(options.beta1),
            correction2: power(options.beta2),
        }
    }

    /// The parameter after the update, and what is remembered.
    ///
    /// m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; u = m̂ / (√v̂ + ε) + λ p; p ← p − η r u. r is 1 for `AdamW`
    /// (Loshchilov and Hutter 2019) and LAMB's trust ratio otherwise.
    pub fn apply(
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
        if decays && self.weight_decay > 0.0 {
            update = update + parameter.clone() * self.weight_decay;
        }
        let scaled = match self.name {
            OptimizerName::Adamw => update * self.rate,
            OptimizerName::LambNvidia if !decays => update * self.rate,
            _ => {
                let ratio = trust_ratio(&parameter, &update);
                update * ratio * self.rate
            }
        };
        (parameter - scaled, Moments { first, second })
    }
}

/// ‖p‖ / ‖u‖ of a tensor, 1 where either is 0 ([L] algorithm 2, φ the identity); `[1]`, left on the device.
fn trust_ratio(parameter: &Tensor<1>, update: &Tensor<1>) -> Tensor<1> {
    let norm = |tensor: &Tensor<1>| tensor.clone().powf_scalar(2.0).sum().sqrt();
    let (parameter, update) = (norm(parameter), norm(update));
    let either_is_zero = parameter.clone().mul(update.clone()).equal_elem(0.0);
    (parameter / update).mask_fill(either_is_zero, 1.0)
}

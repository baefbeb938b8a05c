//! The formulas of `update.rs` in the host's memory, for the pure-Rust device: one pass over a parameter on all cores,
//! instead of a dozen operations on one core.
//!
//! Each element is updated by itself, and sums are taken over fixed blocks and added in order. So the bits are the same for
//! any number of threads.

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use crate::update::{Moments, Update};

/// How many elements a thread takes at a time.
const BLOCK: usize = 1 << 14;
/// How many sums are kept side by side, so that one instruction of the processor adds to several.
const LANES: usize = 8;

/// Does what [`Update::apply`] does, on gradients times `factor`. A buffer that nothing else refers to is written in place.
pub(crate) fn apply(
    update: &Update,
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    factor: f64,
    moments: Moments,
    decays: bool,
) -> (Tensor<1>, Moments) {
    let device = parameter.device();
    let mut data = [parameter, gradient, moments.first, moments.second].map(Tensor::into_data);
    let [p, g, m, v] = &mut data;
    let constants = Constants::new(update, factor, decays);
    let (p, g, m, v) = (slice(p), slice(g), slice(m), slice(v));
    if update.is_scaled(decays) {
        constants.apply_scaled(p, g, m, v);
    } else {
        constants.apply_unscaled(p, g, m, v);
    }
    let [parameter, _, first, second] = data.map(|data| Tensor::from_data(data, &device));
    (parameter, Moments { first, second })
}

/// Computes Σx² of a tensor, and gives the tensor back.
pub(crate) fn squares(tensor: Tensor<1>) -> (f64, Tensor<1>) {
    let device = tensor.device();
    let mut data = tensor.into_data();
    let sum = sum_of_squares(slice(&mut data));
    (sum, Tensor::from_data(data, &device))
}

/// The elements of a parameter, its gradient or its moments; all are f32.
fn slice(data: &mut TensorData) -> &mut [f32] {
    data.as_mut_slice().expect("parameters are f32")
}

fn sum_of_squares(values: &[f32]) -> f64 {
    let blocks: Vec<f64> = values.par_chunks(BLOCK).map(block_squares).collect();
    blocks.iter().sum()
}

fn block_squares(block: &[f32]) -> f64 {
    let (chunks, rest) = block.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (sum, x) in lanes.iter_mut().zip(chunk) {
            *sum += f64::from(*x) * f64::from(*x);
        }
    }
    let rest: f64 = rest.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    lanes.iter().sum::<f64>() + rest
}

/// The constants of an update of one parameter, in f32 as its elements are.
#[derive(Clone, Copy)]
struct Constants {
    /// The factor of the gradient.
    factor: f32,
    /// β₁.
    keep1: f32,
    /// β₂.
    keep2: f32,
    /// 1 − β₁.
    add1: f32,
    /// 1 − β₂.
    add2: f32,
    /// 1 / (1 − β₁ᵗ).
    unbias1: f32,
    /// 1 / (1 − β₂ᵗ).
    unbias2: f32,
    /// ε.
    epsilon: f32,
    /// λ.
    decay: f32,
    /// η, in f64 until it is multiplied by the trust ratio.
    learning_rate: f64,
}

impl Constants {
    fn new(update: &Update, factor: f64, decays: bool) -> Self {
        Self {
            factor: factor as f32,
            keep1: update.beta1 as f32,
            keep2: update.beta2 as f32,
            add1: (1.0 - update.beta1) as f32,
            add2: (1.0 - update.beta2) as f32,
            unbias1: update.correction1.recip() as f32,
            unbias2: update.correction2.recip() as f32,
            epsilon: update.epsilon as f32,
            decay: update.decay(decays) as f32,
            learning_rate: update.learning_rate,
        }
    }

    /// Updates the moments of an element, and computes u.
    #[inline]
    fn direction(&self, p: f32, g: f32, m: &mut f32, v: &mut f32) -> f32 {
        let g = g * self.factor;
        *m = *m * self.keep1 + g * self.add1;
        *v = *v * self.keep2 + g * g * self.add2;
        let root = (*v * self.unbias2).sqrt() + self.epsilon;
        *m * self.unbias1 / root + p * self.decay
    }

    /// The update without a trust ratio, in one pass.
    fn apply_unscaled(&self, p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        let learning_rate = self.learning_rate as f32;
        let blocks = p.par_chunks_mut(BLOCK).zip(g.par_chunks(BLOCK));
        let blocks = blocks.zip(m.par_chunks_mut(BLOCK).zip(v.par_chunks_mut(BLOCK)));
        blocks.for_each(|((p, g), (m, v))| {
            for ((p, g), (m, v)) in p.iter_mut().zip(g).zip(m.iter_mut().zip(v)) {
                *p -= self.direction(*p, *g, m, v) * learning_rate;
            }
        });
    }

    /// The update with a trust ratio, in two passes: the first writes u over the gradient, because the ratio needs the norm
    /// of all of u.
    fn apply_scaled(&self, p: &mut [f32], g: &mut [f32], m: &mut [f32], v: &mut [f32]) {
        let blocks = p.par_chunks(BLOCK).zip(g.par_chunks_mut(BLOCK));
        let blocks = blocks.zip(m.par_chunks_mut(BLOCK).zip(v.par_chunks_mut(BLOCK)));
        blocks.for_each(|((p, g), (m, v))| {
            for ((p, g), (m, v)) in p.iter().zip(g).zip(m.iter_mut().zip(v)) {
                *g = self.direction(*p, *g, m, v);
            }
        });
        let (parameter, update) = (sum_of_squares(p).sqrt(), sum_of_squares(g).sqrt());
        let is_zero = parameter == 0.0 || update == 0.0;
        let ratio = if is_zero { 1.0 } else { parameter / update };
        let scaled_rate = (self.learning_rate * ratio) as f32;
        let blocks = p.par_chunks_mut(BLOCK).zip(g.par_chunks(BLOCK));
        blocks.for_each(|(p, u)| {
            for (p, u) in p.iter_mut().zip(u) {
                *p -= u * scaled_rate;
            }
        });
    }
}

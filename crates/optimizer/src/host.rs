//! The same formulas in the host's memory, for the pure-Rust device: one pass over a parameter on all cores in place of
//! a dozen operations on one.
//!
//! An element's value follows from its own place, and sums are of fixed blocks, added in order: the bits are the same
//! for any number of threads.

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use crate::update::{Moments, Update};

/// Elements that a thread takes at once.
const BLOCK: usize = 1 << 14;
/// Sums kept side by side, so that a processor adds several at once.
const LANES: usize = 8;

/// [`Update::apply`] on gradients times `factor`. The tensors' buffers are written in place where nobody shares them.
pub(super) fn apply(
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
    let numbers = Numbers::new(update, factor, decays);
    let (p, g, m, v) = (slice(p), slice(g), slice(m), slice(v));
    if update.is_scaled(decays) {
        numbers.scaled(p, g, m, v);
    } else {
        numbers.plain(p, g, m, v);
    }
    let [parameter, _, first, second] = data.map(|data| Tensor::from_data(data, &device));
    (parameter, Moments { first, second })
}

/// Σx² of a tensor, and the tensor again.
pub(super) fn squares(tensor: Tensor<1>) -> (f64, Tensor<1>) {
    let device = tensor.device();
    let mut data = tensor.into_data();
    let sum = sum_of_squares(slice(&mut data));
    (sum, Tensor::from_data(data, &device))
}

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

/// The numbers of an update and a parameter, as its elements are: f32.
#[derive(Clone, Copy)]
struct Numbers {
    factor: f32,
    keep1: f32,
    keep2: f32,
    add1: f32,
    add2: f32,
    unbias1: f32,
    unbias2: f32,
    epsilon: f32,
    decay: f32,
    rate: f64,
}

impl Numbers {
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
            rate: update.rate,
        }
    }

    /// u of an element; its moments are brought up to date.
    #[inline]
    fn direction(&self, p: f32, g: f32, m: &mut f32, v: &mut f32) -> f32 {
        let g = g * self.factor;
        *m = *m * self.keep1 + g * self.add1;
        *v = *v * self.keep2 + g * g * self.add2;
        let root = (*v * self.unbias2).sqrt() + self.epsilon;
        *m * self.unbias1 / root + p * self.decay
    }

    /// Without a trust ratio: one pass.
    fn plain(&self, p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        let rate = self.rate as f32;
        let blocks = p.par_chunks_mut(BLOCK).zip(g.par_chunks(BLOCK));
        let blocks = blocks.zip(m.par_chunks_mut(BLOCK).zip(v.par_chunks_mut(BLOCK)));
        blocks.for_each(|((p, g), (m, v))| {
            for ((p, g), (m, v)) in p.iter_mut().zip(g).zip(m.iter_mut().zip(v)) {
                *p -= self.direction(*p, *g, m, v) * rate;
            }
        });
    }

    /// With it: u takes the gradient's place, then its norm and the parameter's give the length of the step.
    fn scaled(&self, p: &mut [f32], g: &mut [f32], m: &mut [f32], v: &mut [f32]) {
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
        let rate = (self.rate * ratio) as f32;
        let blocks = p.par_chunks_mut(BLOCK).zip(g.par_chunks(BLOCK));
        blocks.for_each(|(p, u)| {
            for (p, u) in p.iter_mut().zip(u) {
                *p -= u * rate;
            }
        });
    }
}

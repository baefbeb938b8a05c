//! Dropout whose masks are a value: a function of the batch's seed and of the place in the model.

use std::cell::Cell;

use burn::tensor::{Device, Distribution, Tensor, TensorData};

use super::device::is_flex;
use crate::config::BertConfig;

/// The dropout of one pass through the model. Each use draws the next mask.
pub(crate) struct Dropout {
    hidden: f64,
    shares: f64,
    seed: u64,
    /// Masks drawn so far in this pass.
    n_drawn: Cell<u64>,
    on_host: bool,
}

impl Dropout {
    /// Dropout is on only where a backward pass can follow: on an autodiff device.
    pub(crate) fn new(config: &BertConfig, seed: u64, device: &Device) -> Self {
        let (hidden, shares) = if device.is_autodiff() {
            (
                config.hidden_dropout_prob,
                config.attention_probs_dropout_prob,
            )
        } else {
            (0.0, 0.0)
        };
        let on_host = is_flex(device);
        if !on_host && (hidden > 0.0 || shares > 0.0) {
            device.seed(seed);
        }
        Self {
            hidden,
            shares,
            seed,
            n_drawn: Cell::new(0),
            on_host,
        }
    }

    /// Drops hidden states.
    pub(crate) fn hidden<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.apply(x, self.hidden)
    }

    /// Drops shares of the attention.
    pub(crate) fn shares<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.apply(x, self.shares)
    }

    fn apply<const D: usize>(&self, x: Tensor<D>, rate: f64) -> Tensor<D> {
        if rate == 0.0 {
            return x;
        }
        let n_drawn = self.n_drawn.replace(self.n_drawn.get() + 1);
        let mask = if self.on_host {
            let mut values = vec![0.0; x.shape().num_elements()];
            draw_mask(&mut values, rate, mix(self.seed ^ mix(n_drawn)));
            Tensor::from_data(TensorData::new(values, x.shape()), &x.device())
        } else {
            x.random_like(Distribution::Bernoulli(1.0 - rate)) * (1.0 - rate).recip()
        };
        x * mask
    }
}

/// Fills a mask with 0, in a share of `rate`, and 1 / (1 − rate).
///
/// A counter-based generator: place `i` depends on `key` and `i` alone. 16 bits decide a place, so a rate is
/// realised to 1/65,536; burn's own generator would draw place by place on one thread, for a tenth of a step.
fn draw_mask(mask: &mut [f32], rate: f64, key: u64) {
    let below = (rate * 65_536.0).round() as u64;
    let kept = (1.0 - rate).recip() as f32;
    for (index, places) in mask.chunks_mut(4).enumerate() {
        let bits = mix(key.wrapping_add(index as u64));
        for (i, place) in places.iter_mut().enumerate() {
            *place = if (bits >> (16 * i)) & 0xffff < below {
                0.0
            } else {
                kept
            };
        }
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): the next step's output from a counter.
fn mix(counter: u64) -> u64 {
    let mut x = counter
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_drops_its_rate_and_keeps_the_mean() {
        let mut mask = vec![0.0; 1_000_001];
        draw_mask(&mut mask, 0.1, 7);
        let dropped = mask.iter().filter(|&&x| x == 0.0).count() as f64 / mask.len() as f64;
        let mean = mask.iter().map(|&x| f64::from(x)).sum::<f64>() / mask.len() as f64;
        // Three standard errors of a share of 0.1 in a million draws.
        assert!((dropped - 0.1).abs() < 9e-4, "{dropped}");
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
    }

    #[test]
    fn a_mask_follows_from_its_key() {
        let draw = |key| {
            let mut mask = vec![0.0; 100];
            draw_mask(&mut mask, 0.3, key);
            mask
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}

//! The initial values of a parameter: a function of the seed and the parameter's name.

use rand::Rng as _;
use repro::{Generator, weight_generator};

use crate::names;

/// Draws the initial values of a parameter, row-major in Hugging Face's layout.
///
/// Weights are normal with σ = `range`, truncated at 2σ. Biases are 0, and the weights of layer norms are 1 (method
/// §4; \[B\]). Each parameter has its own generator on the host, so its values are the same on every device and do not
/// depend on the other parameters of the model.
pub(crate) fn initial_values(name: &str, shape: &[usize], range: f64, seed: u64) -> Vec<f32> {
    let n_values = shape.iter().product();
    match (names::decays(name), names::is_bias(name)) {
        (true, _) => truncated_normal(n_values, range, &mut weight_generator(seed, name)),
        (false, true) => vec![0.0; n_values],
        (false, false) => vec![1.0; n_values],
    }
}

/// Draws from a normal distribution truncated at 2σ, by rejection: a uniform x in [−2, 2) is kept with probability
/// e^(−x²/2), and redrawn otherwise.
///
/// The bits of a value come from the generator alone. The machine's `exp` only decides whether the value is kept.
fn truncated_normal(n_values: usize, range: f64, generator: &mut Generator) -> Vec<f32> {
    let draw = || loop {
        let bits = generator.next_u64();
        let x = f64::from((bits >> 32) as u32) / 2f64.powi(30) - 2.0;
        let height = f64::from(bits as u32) / 2f64.powi(32);
        if height < (-x * x / 2.0).exp() {
            return (x * range) as f32;
        }
    };
    std::iter::repeat_with(draw).take(n_values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_normal_and_cut_at_two_sigma() {
        let values = initial_values("bert.pooler.dense.weight", &[500, 400], 0.02, 42);
        let (mean, variance) = moments(&values);
        assert!(values.iter().all(|x| x.abs() <= 0.04));
        assert!(mean.abs() < 2e-4, "{mean}");
        // The variance of a normal distribution cut at 2σ is 0.7737 σ².
        assert!((variance / 4e-4 - 0.7737).abs() < 0.01, "{variance}");
    }

    #[test]
    fn biases_are_zero_and_norms_one() {
        assert_eq!(
            initial_values("cls.predictions.bias", &[2], 0.02, 1),
            [0.0; 2]
        );
        assert_eq!(
            initial_values("bert.embeddings.LayerNorm.weight", &[2], 0.02, 1),
            [1.0; 2]
        );
        assert_eq!(
            initial_values("bert.embeddings.LayerNorm.bias", &[2], 0.02, 1),
            [0.0; 2]
        );
    }

    #[test]
    fn the_bits_never_change() {
        let values = initial_values("bert.pooler.dense.weight", &[2, 2], 0.02, 42);
        let bits: Vec<u32> = values.iter().map(|x| x.to_bits()).collect();
        assert_eq!(
            bits,
            [3_153_072_107, 1_021_430_313, 949_642_611, 3_146_852_227]
        );
        assert_ne!(
            values,
            initial_values("bert.pooler.dense.weight", &[2, 2], 0.02, 43)
        );
        assert_ne!(
            values,
            initial_values("cls.seq_relationship.weight", &[2, 2], 0.02, 42)
        );
    }

    fn moments(values: &[f32]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        (
            mean,
            values
                .iter()
                .map(|&x| (f64::from(x) - mean).powi(2))
                .sum::<f64>()
                / n,
        )
    }
}

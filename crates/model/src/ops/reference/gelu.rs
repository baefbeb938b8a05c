//! GELU by erf, forward and backward.

use burn::tensor::{Tensor, activation};
use device::is_flex;

/// Computes `x · Φ(x)`, exactly (method §4).
///
/// burn's own operation is exact on flex and LibTorch. On its other devices burn's backward pass is that of the
/// approximation by tanh, so a build with such devices composes GELU from `erf`, whose derivative is exact everywhere.
pub(super) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if cfg!(any(feature = "cuda", feature = "vulkan")) && !is_flex(&x.device()) {
        composed(x)
    } else {
        activation::gelu(x)
    }
}

/// GELU from `erf`.
fn composed<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let twice_phi = (x.clone() * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0;
    x * twice_phi * 0.5
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData, Tolerance};

    use super::*;

    /// Both forms give the same values and the same gradients.
    #[test]
    fn both_forms_agree() {
        let device = Device::default().autodiff();
        let values = TensorData::new((-40..40).map(|i| i as f32 / 8.0).collect(), [80]);
        let run = |gelu: fn(Tensor<1>) -> Tensor<1>| {
            let x = Tensor::<1>::from_data(values.clone(), &device).require_grad();
            let y = gelu(x.clone());
            let gradient = x
                .grad(&(y.clone() * y.clone()).sum().backward())
                .expect("x wants a gradient");
            (y.inner().into_data(), gradient.into_data())
        };
        let (y, gradient) = run(gelu);
        let (other, other_gradient) = run(composed);
        y.assert_approx_eq::<f32>(&other, Tolerance::absolute(1e-5));
        gradient.assert_approx_eq::<f32>(&other_gradient, Tolerance::absolute(1e-4));
    }
}

//! GELU by erf, forward and backward.

use burn::tensor::{Tensor, activation};

use device::is_flex;

/// `x · Φ(x)`, exact (method §4).
///
/// On flex and LibTorch burn's is one exact operation. On its other devices burn's backward is that of the
/// approximation by tanh, so a build that has those composes it of `erf`, whose derivative is exact everywhere.
pub(crate) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if cfg!(any(feature = "cuda", feature = "vulkan")) && !is_flex(&x.device()) {
        composed(x)
    } else {
        activation::gelu(x)
    }
}

fn composed<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let twice_phi = (x.clone() * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0;
    x * twice_phi * 0.5
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData, Tolerance};

    use super::*;

    /// The form for other devices is that of this one, with its gradient.
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

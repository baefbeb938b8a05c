//! The global norm of a step's gradients.

use burn::tensor::{DType, Device, Tensor};
use device::is_flex;
#[cfg(feature = "tch")]
use device::is_libtorch;

use crate::gradients::Gradients;
use crate::host;
#[cfg(feature = "tch")]
use crate::libtorch;

impl Gradients {
    /// Computes the global norm ‖g‖ over all parameters (method §5), `[1]`, and leaves it on the device. On the pure-Rust
    /// device the sum and the result are f64.
    pub fn norm(&mut self, device: &Device) -> Tensor<1> {
        let device = device.clone().without_autodiff();
        if is_flex(&device) {
            return Tensor::from_data([self.host_squares().sqrt()], (&device, DType::F64));
        }
        #[cfg(feature = "tch")]
        if is_libtorch(&device) {
            return libtorch::norm(self.by_name().values(), &device);
        }
        let squares = self
            .by_name()
            .values()
            .map(|gradient| (gradient.clone() * gradient.clone()).sum());
        let sum = squares.reduce(|a, b| a + b);
        sum.map_or_else(|| Tensor::zeros([1], &device), Tensor::sqrt)
    }

    fn host_squares(&mut self) -> f64 {
        let mut sum = 0.0;
        self.replace(|gradient| {
            let (squares, gradient) = host::squares(gradient);
            sum += squares;
            gradient
        });
        sum
    }
}

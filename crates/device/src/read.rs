//! Reading numbers from a device.

use burn::tensor::Tensor;

/// Reads all numbers of a tensor, row-major. On a GPU this blocks until all earlier work is done.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

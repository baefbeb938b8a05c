//! Dropout as a product with a mask tensor.

use burn::tensor::{Distribution, Tensor, TensorData};
use device::is_flex;

use crate::ops::dropout::Site;

/// Drops numbers of hidden states, `[r, h]`. `rows` are their indices among all rows; `None` if they are all rows.
pub(crate) fn drop_rows(x: Tensor<2>, site: Site, rows: Option<&[u32]>) -> Tensor<2> {
    let [r, h] = x.dims();
    drop_by(x, site, || match rows {
        Some(rows) => site.mask(rows.iter().map(|row| u64::from(*row)), h),
        None => site.mask(0..r as u64, h),
    })
}

/// Drops numbers by the mask of a site on the pure-Rust device. Other devices draw masks from their own generator, which
/// [`Bert`](crate::encoder_only::Bert) seeds before each forward pass.
pub(super) fn drop_by<const D: usize>(
    x: Tensor<D>,
    site: Site,
    mask: impl FnOnce() -> Vec<f32>,
) -> Tensor<D> {
    if !site.is_on() {
        return x;
    }
    let mask = if is_flex(&x.device()) {
        Tensor::from_data(TensorData::new(mask(), x.shape()), &x.device())
    } else {
        x.random_like(Distribution::Bernoulli(1.0 - site.rate)) * (1.0 - site.rate).recip()
    };
    x * mask
}

//! Dropout by a mask as a tensor.

use burn::tensor::{Distribution, Tensor, TensorData};

use crate::ops::Site;
use device::is_flex;

/// Drops numbers of hidden states, `[r, h]`, which are these rows of all; `None`: all.
pub(super) fn drop_rows(x: Tensor<2>, site: Site, rows: Option<&[u32]>) -> Tensor<2> {
    let [r, h] = x.dims();
    drop_by(x, site, || match rows {
        Some(rows) => site.mask(rows.iter().map(|row| u64::from(*row)), h),
        None => site.mask(0..r as u64, h),
    })
}

/// Drops numbers by the mask of a site; devices whose memory is not the host's draw masks of their own, from the seed that
/// [`seed`] gave them.
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

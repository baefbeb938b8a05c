//! Dropout: on the CPU by masks that are a value, elsewhere by LibTorch's generator.
//!
//! On the CPU, LibTorch draws a number about ten times as slowly as it puts it through a softmax, and on one thread.
//!
//! Dimensions: `r` rows of hidden states, `h` hidden width, `s` pieces of an example, `n` heads.

use std::ops::Range;

use rayon::prelude::*;
use tch::{Device, Tensor};

use crate::ops::dropout::Site;

/// About how many numbers a thread draws at a time.
const BLOCK: usize = 1 << 14;

/// Drops numbers of hidden states, `[r, h]`, on any device. `rows` are their indices among all rows; `None` if they are all
/// rows.
pub(super) fn drop_rows(x: &Tensor, site: Site, rows: Option<&[u32]>) -> Tensor {
    if !site.is_on() {
        return x.shallow_clone();
    }
    if x.device() != Device::Cpu {
        return x.dropout(site.rate, true);
    }
    let (r, h) = x.size2().expect("rows");
    let mask = mask(site, r as usize, h as usize, |index| {
        rows.map_or(index as u64, |rows| u64::from(rows[index]))
    });
    x * (mask * site.kept()).view([r, h])
}

/// Draws which attention probabilities of an example are kept: 0 and 1, `[n, s, s]`.
pub(super) fn probabilities_mask(site: Site, example: &Range<usize>, n_heads: usize) -> Tensor {
    let s = example.len();
    let site_row = |row: usize| ((example.start + row % s) * n_heads + row / s) as u64;
    let shape = [n_heads as i64, s as i64, s as i64];
    mask(site, n_heads * s, s, site_row).view(shape)
}

/// Draws 0 and 1 for `n_rows` rows. `site_row` is the index of each at the site.
fn mask(site: Site, n_rows: usize, width: usize, site_row: impl Fn(usize) -> u64 + Sync) -> Tensor {
    let mut mask = vec![0.0f32; n_rows * width];
    let block_rows = (BLOCK / width).max(1);
    mask.par_chunks_mut(block_rows * width)
        .enumerate()
        .for_each(|(block, rows)| {
            pulp::Arch::new().dispatch(|| {
                for (row, values) in rows.chunks_mut(width).enumerate() {
                    let factors = site.factors(site_row(block * block_rows + row));
                    for (column, x) in values.iter_mut().enumerate() {
                        *x = if factors.of(column) > 0.0 { 1.0 } else { 0.0 };
                    }
                }
            });
        });
    Tensor::from_slice(&mask)
}

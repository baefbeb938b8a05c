//! Dropout: on the CPU by masks that are a value, elsewhere by LibTorch's generator.
//!
//! LibTorch draws a number on the CPU about ten times as slowly as it puts it through a softmax, and on one thread.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width, `s` pieces of an example, `n` heads.

use std::ops::Range;

use rayon::prelude::*;
use tch::{Device, Tensor};

use crate::ops::Site;

/// Numbers that a thread draws at once, about.
const BLOCK: usize = 1 << 14;

/// Drops numbers of hidden states, `[r, h]`, which are these rows of all (`None`: all), on whatever device.
pub(super) fn drop_rows(x: &Tensor, site: Site, rows: Option<&[u32]>) -> Tensor {
    if !site.is_on() {
        return x.shallow_clone();
    }
    if x.device() != Device::Cpu {
        return x.dropout(site.rate, true);
    }
    let (r, h) = x.size2().expect("rows");
    let mask = mask(site, r as usize, h as usize, |at| {
        rows.map_or(at as u64, |rows| u64::from(rows[at]))
    });
    x * (mask * site.kept()).view([r, h])
}

/// Which of an example's attention shares are kept: 0 and 1, `[n, s, s]`.
pub(super) fn shares_mask(site: Site, rows: &Range<usize>, n_heads: usize) -> Tensor {
    let s = rows.len();
    let of = |row: usize| ((rows.start + row % s) * n_heads + row / s) as u64;
    let shape = [n_heads as i64, s as i64, s as i64];
    mask(site, n_heads * s, s, of).view(shape)
}

/// 0 and 1 of `n_rows` rows whose numbers at the site are `number`'s.
fn mask(site: Site, n_rows: usize, width: usize, number: impl Fn(usize) -> u64 + Sync) -> Tensor {
    let mut mask = vec![0.0f32; n_rows * width];
    let n_block = (BLOCK / width).max(1);
    mask.par_chunks_mut(n_block * width)
        .enumerate()
        .for_each(|(block, rows)| {
            pulp::Arch::new().dispatch(|| {
                for (row, numbers) in rows.chunks_mut(width).enumerate() {
                    let factors = site.factors(number(block * n_block + row));
                    for (column, x) in numbers.iter_mut().enumerate() {
                        *x = if factors.of(column) > 0.0 { 1.0 } else { 0.0 };
                    }
                }
            });
        });
    Tensor::from_slice(&mask)
}

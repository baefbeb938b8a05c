//! Operations on each row alone, on all threads: norm after a residual, GELU, dropout, sums over rows.
//!
//! Threads take rows in blocks of a fixed size, and a sum over rows adds the sums of the blocks in order. So the bits do
//! not depend on the number of threads.

use rayon::prelude::*;

use super::vector::{gelu, gelu_and_slope, sum, vectorised};
use crate::ops::dropout::{Factors, Site};

/// Rows of a block.
const BLOCK: usize = 32;

/// The parameters of a norm.
#[derive(Clone, Copy)]
pub(super) struct NormSlices<'a> {
    /// `[h]`.
    pub(super) weight: &'a [f32],
    /// `[h]`.
    pub(super) bias: &'a [f32],
    /// ε under the root.
    pub(super) eps: f32,
}

/// What the backward pass of a norm reads.
#[derive(Debug)]
pub(super) struct Normed {
    /// The input of the norm, `[t, h]`.
    before: Vec<f32>,
    /// `[t]`.
    moments: Vec<Moments>,
}

/// The mean of a row, and 1 / its standard deviation.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    mean: f32,
    scale: f32,
}

/// The gradients of a norm.
pub(super) struct NormGradients {
    /// Of the input, `[t, h]`.
    pub(super) before: Vec<f32>,
    /// `[h]`.
    pub(super) weight: Vec<f32>,
    /// `[h]`.
    pub(super) bias: Vec<f32>,
}

/// Computes `norm(before)`, `[t, h]`.
pub(super) fn norm(before: Vec<f32>, parameters: NormSlices<'_>) -> (Vec<f32>, Normed) {
    norm_after(before, parameters, |_, _| {})
}

/// Dropout of rows of hidden states.
#[derive(Clone, Copy)]
pub(super) struct RowDropout<'a> {
    pub(super) site: Site,
    /// The indices of the rows among all rows, which decide their masks; `None` if they are all rows.
    pub(super) rows: Option<&'a [u32]>,
}

impl RowDropout<'_> {
    /// Drops numbers of all rows.
    pub(super) const fn of_all(site: Site) -> Self {
        Self { site, rows: None }
    }

    /// Returns the factors of the row at an index among the rows that are here.
    #[expect(
        clippy::inline_always,
        reason = "it takes on the instructions of the function that it is inlined into"
    )]
    #[inline(always)]
    fn factors(self, index: usize) -> Factors {
        let row = self.rows.map_or(index, |rows| rows[index] as usize);
        self.site.factors(row as u64)
    }
}

/// Copies some rows of `[t, h]`, `[r, h]`.
pub(super) fn gathered(all: &[f32], h: usize, rows: &[u32]) -> Vec<f32> {
    let mut some = Vec::with_capacity(rows.len() * h);
    for row in rows {
        some.extend_from_slice(&all[*row as usize * h..][..h]);
    }
    some
}

/// Puts rows back among rows of zeros, `[r, h]` to `[t, h]`: the backward pass of [`gathered`].
pub(super) fn scattered(some: &[f32], h: usize, rows: &[u32], t: usize) -> Vec<f32> {
    let mut all = vec![0.0; t * h];
    for (from, row) in some.chunks(h).zip(rows) {
        all[*row as usize * h..][..h].copy_from_slice(from);
    }
    all
}

/// Computes `norm(dropout(output + bias) + residual)`, `[r, h]`: the end of a sub-layer.
pub(super) fn residual_norm(
    output: Vec<f32>,
    bias: &[f32],
    residual: &[f32],
    dropout: RowDropout<'_>,
    parameters: NormSlices<'_>,
) -> (Vec<f32>, Normed) {
    let h = bias.len();
    norm_after(output, parameters, |row, output| {
        let residual = &residual[row * h..][..h];
        let numbers = output.iter_mut().zip(bias).zip(residual);
        if dropout.site.is_on() {
            let factors = dropout.factors(row);
            for (column, ((x, bias), residual)) in numbers.enumerate() {
                *x = (*x + bias) * factors.of(column) + residual;
            }
        } else {
            for ((x, bias), residual) in numbers {
                *x += bias + residual;
            }
        }
    })
}

/// Changes each row in place by `prepare`, which is given its index, and normalises it.
fn norm_after(
    mut before: Vec<f32>,
    NormSlices { weight, bias, eps }: NormSlices<'_>,
    prepare: impl Fn(usize, &mut [f32]) + Sync,
) -> (Vec<f32>, Normed) {
    let h = weight.len();
    let mut after = vec![0.0; before.len()];
    let mut moments = vec![Moments::default(); before.len() / h];
    let blocks = before
        .par_chunks_mut(BLOCK * h)
        .zip(after.par_chunks_mut(BLOCK * h))
        .zip(moments.par_chunks_mut(BLOCK));
    blocks
        .enumerate()
        .for_each(|(block, ((before, after), moments))| {
            vectorised(|| {
                let rows = before.chunks_mut(h).zip(after.chunks_mut(h)).zip(moments);
                for (row, ((before, after), moments)) in rows.enumerate() {
                    prepare(block * BLOCK + row, before);
                    let mean = sum([before], |[x]| x) / h as f32;
                    let variance = sum([before], |[x]| (x - mean) * (x - mean)) / h as f32;
                    let scale = (variance + eps).sqrt().recip();
                    *moments = Moments { mean, scale };
                    for ((after, x), (weight, bias)) in
                        after.iter_mut().zip(&*before).zip(weight.iter().zip(bias))
                    {
                        *after = (x - mean) * scale * weight + bias;
                    }
                }
            });
        });
    (after, Normed { before, moments })
}

/// Computes the gradients of a norm from that of its output.
pub(super) fn norm_backward(normed: &Normed, gradient: &[f32], weight: &[f32]) -> NormGradients {
    let h = weight.len();
    let mut before = vec![0.0; gradient.len()];
    let blocks = before
        .par_chunks_mut(BLOCK * h)
        .zip(normed.before.par_chunks(BLOCK * h))
        .zip(normed.moments.par_chunks(BLOCK))
        .zip(gradient.par_chunks(BLOCK * h));
    // The sums of a block: the gradient of the weight, then that of the bias.
    let sums: Vec<Vec<f32>> = blocks
        .map(|(((out, x), moments), gradient)| {
            let mut sums = vec![0.0; 2 * h];
            vectorised(|| {
                let (weights, biases) = sums.split_at_mut(h);
                let rows = out.chunks_mut(h).zip(x.chunks(h));
                for ((out, x), (moments, gradient)) in
                    rows.zip(moments.iter().zip(gradient.chunks(h)))
                {
                    norm_row_backward(out, x, *moments, gradient, weight);
                    let hat = |x: f32| (x - moments.mean) * moments.scale;
                    for ((sum, x), g) in weights.iter_mut().zip(x).zip(gradient) {
                        *sum += g * hat(*x);
                    }
                    for (sum, g) in biases.iter_mut().zip(gradient) {
                        *sum += g;
                    }
                }
            });
            sums
        })
        .collect();
    let mut weight_gradient = added(sums, 2 * h);
    let bias = weight_gradient.split_off(h);
    NormGradients {
        before,
        weight: weight_gradient,
        bias,
    }
}

/// Computes the gradient of a row's input into `out`.
#[expect(
    clippy::inline_always,
    reason = "it takes on the instructions of the function that it is inlined into"
)]
#[inline(always)]
fn norm_row_backward(
    out: &mut [f32],
    x: &[f32],
    Moments { mean, scale }: Moments,
    gradient: &[f32],
    weight: &[f32],
) {
    let h = weight.len() as f32;
    let hat = |x: f32| (x - mean) * scale;
    let along_one = sum([gradient, weight], |[g, w]| g * w) / h;
    let along_hat = sum([gradient, weight, x], |[g, w, x]| g * w * hat(x)) / h;
    let numbers = out.iter_mut().zip(x).zip(gradient.iter().zip(weight));
    for ((out, x), (g, w)) in numbers {
        *out = scale * (g * w - along_one - hat(*x) * along_hat);
    }
}

/// Adds up the sums of blocks in order.
fn added(blocks: Vec<Vec<f32>>, length: usize) -> Vec<f32> {
    let mut blocks = blocks.into_iter();
    let mut all = blocks.next().unwrap_or_else(|| vec![0.0; length]);
    for block in blocks {
        for (sum, x) in all.iter_mut().zip(block) {
            *sum += x;
        }
    }
    all
}

/// Multiplies rows by their dropout factors, `[r, h]`.
pub(super) fn dropped(mut rows: Vec<f32>, h: usize, dropout: RowDropout<'_>) -> Vec<f32> {
    if dropout.site.is_on() {
        drop_in_place(&mut rows, h, dropout);
    }
    rows
}

fn drop_in_place(rows: &mut [f32], h: usize, dropout: RowDropout<'_>) {
    rows.par_chunks_mut(BLOCK * h)
        .enumerate()
        .for_each(|(block, rows)| {
            vectorised(|| {
                for (row, numbers) in rows.chunks_mut(h).enumerate() {
                    let factors = dropout.factors(block * BLOCK + row);
                    for (column, x) in numbers.iter_mut().enumerate() {
                        *x *= factors.of(column);
                    }
                }
            });
        });
}

/// Adds a bias to each row, `[t, n]`.
pub(super) fn add_bias(rows: &mut [f32], bias: &[f32]) {
    let n = bias.len();
    rows.par_chunks_mut(BLOCK * n).for_each(|block| {
        vectorised(|| {
            for row in block.chunks_mut(n) {
                for (x, bias) in row.iter_mut().zip(bias) {
                    *x += bias;
                }
            }
        });
    });
}

/// Adds a bias to each row of `before` in place, and returns GELU of the sum, `[t, i]`.
pub(super) fn bias_gelu(before: &mut [f32], bias: &[f32]) -> Vec<f32> {
    let i = bias.len();
    let mut after = vec![0.0; before.len()];
    let blocks = before
        .par_chunks_mut(BLOCK * i)
        .zip(after.par_chunks_mut(BLOCK * i));
    blocks.for_each(|(before, after)| {
        vectorised(|| {
            for (before, after) in before.chunks_mut(i).zip(after.chunks_mut(i)) {
                for ((before, after), bias) in before.iter_mut().zip(after).zip(bias) {
                    *before += bias;
                    *after = gelu(*before);
                }
            }
        });
    });
    after
}

/// Turns the gradient of GELU's output into that of its input in place, and recomputes the output.
pub(super) fn gelu_backward(before: &[f32], gradient: &mut [f32]) -> Vec<f32> {
    /// Numbers that a thread takes at a time.
    const CHUNK: usize = 1 << 14;
    let mut after = vec![0.0; before.len()];
    let blocks = before
        .par_chunks(CHUNK)
        .zip(gradient.par_chunks_mut(CHUNK))
        .zip(after.par_chunks_mut(CHUNK));
    blocks.for_each(|((before, gradient), after)| {
        vectorised(|| {
            for ((x, gradient), after) in before.iter().zip(gradient).zip(after) {
                let (y, slope) = gelu_and_slope(*x);
                *after = y;
                *gradient *= slope;
            }
        });
    });
    after
}

/// Adds up all rows, `[t, n]` to `[n]`: the gradient of a bias.
pub(super) fn row_sum(rows: &[f32], n: usize) -> Vec<f32> {
    let sums: Vec<Vec<f32>> = rows
        .par_chunks(BLOCK * n)
        .map(|block| {
            let mut sums = vec![0.0; n];
            vectorised(|| {
                for row in block.chunks(n) {
                    for (sum, x) in sums.iter_mut().zip(row) {
                        *sum += x;
                    }
                }
            });
            sums
        })
        .collect();
    added(sums, n)
}

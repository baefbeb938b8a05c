//! Attention within each example, a head at a time, in blocks of queries: no share is kept for the backward pass.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width, `n` heads, `d` width of a head; `h = n · d`.

use std::ops::Range;

use rayon::prelude::*;

use super::matrix::{Matrix, MatrixMut, Threads, Tiles, multiply};
use super::vector::{exp, largest, sum, vectorised};
use crate::input::Layout;
use crate::ops::Site;

/// Queries of a block: a block of shares of 512 keys stays within a core's cache.
const BLOCK: usize = 64;

/// What both passes need to know.
#[derive(Clone, Copy)]
pub(super) struct Heads<'a> {
    pub(super) layout: &'a Layout,
    /// `n`.
    pub(super) number: usize,
    /// Of shares.
    pub(super) dropout: Site,
}

/// A head of an example.
struct Job {
    rows: Range<usize>,
    head: usize,
}

impl Heads<'_> {
    /// The longest first, so that no thread is left with it at the end.
    fn jobs(&self) -> Vec<Job> {
        let examples = self.layout.examples();
        let heads = |rows: Range<usize>| {
            (0..self.number).map(move |head| Job {
                rows: rows.clone(),
                head,
            })
        };
        let mut jobs: Vec<Job> = examples.flat_map(heads).collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.rows.len()));
        jobs
    }
}

/// Columns of a head, of width `d`, in the `part`-th of query, key and value.
fn columns(head: usize, d: usize, part: usize, h: usize) -> Range<usize> {
    part * h + head * d..part * h + (head + 1) * d
}

/// Blocks of an example's queries.
fn blocks(rows: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
    let end = rows.end;
    rows.clone()
        .step_by(BLOCK)
        .map(move |start| start..(start + BLOCK).min(end))
}

/// softmax(query · key / √d) · value, with dropout on the shares: `projected` is query, key and value side by side,
/// `[t, 3h]`. Gives the mixtures `[t, h]` and ln Σ exp of each query's scores, `[t, n]`.
pub(super) fn forward(projected: &[f32], h: usize, heads: Heads<'_>) -> (Vec<f32>, Vec<f32>) {
    let (t, d) = (projected.len() / (3 * h), h / heads.number);
    let projected = Matrix::new(projected, 3 * h);
    let mut context = vec![0.0; t * h];
    let mut log_sums = vec![0.0; t * heads.number];
    let context_tiles = Tiles::new(&mut context, h);
    let sums_tiles = Tiles::new(&mut log_sums, heads.number);
    heads.jobs().into_par_iter().for_each(|Job { rows, head }| {
        let of =
            |part, rows: &Range<usize>| projected.part(rows.clone(), columns(head, d, part, h));
        let (key, value) = (of(1, &rows), of(2, &rows));
        let mut scores = vec![0.0; BLOCK.min(rows.len()) * rows.len()];
        for block in blocks(&rows) {
            let scores = &mut scores[..block.len() * rows.len()];
            scaled_scores(scores, of(0, &block), key, d);
            // SAFETY: no other job has these rows and this head, and this one no two blocks at a time.
            let mut sums = unsafe { sums_tiles.part(block.clone(), head..head + 1) };
            vectorised(|| {
                for (row, scores) in block.clone().zip(scores.chunks_mut(rows.len())) {
                    let log_sum = softmax(scores, heads, row, head);
                    sums.set(row - block.start, 0, log_sum);
                }
            });
            // SAFETY: as above.
            let mut out = unsafe { context_tiles.part(block, columns(head, d, 0, h)) };
            let shares = Matrix::new(scores, rows.len());
            multiply(&mut out, false, shares, value, 1.0, Threads::One);
        }
    });
    (context, log_sums)
}

/// Scores of a block of queries, `[block, keys]`.
fn scaled_scores(scores: &mut [f32], query: Matrix<'_>, key: Matrix<'_>, d: usize) {
    let scale = (d as f32).sqrt().recip();
    let n_keys = key.n_rows();
    let mut out = MatrixMut::new(scores, n_keys);
    multiply(
        &mut out,
        false,
        query,
        key.transposed(),
        scale,
        Threads::One,
    );
}

/// Scores to shares, some of them dropped; gives ln Σ exp of the scores.
#[expect(
    clippy::inline_always,
    reason = "it takes on the instructions of the function that it is inlined into"
)]
#[inline(always)]
fn softmax(scores: &mut [f32], heads: Heads<'_>, row: usize, head: usize) -> f32 {
    let most = largest(scores);
    for score in &mut *scores {
        *score = exp(*score - most);
    }
    let total = sum([scores], |[x]| x);
    let rate = total.recip();
    if heads.dropout.is_on() {
        let factors = heads.dropout.factors((row * heads.number + head) as u64);
        for (key, share) in scores.iter_mut().enumerate() {
            *share *= rate * factors.of(key);
        }
    } else {
        for share in &mut *scores {
            *share *= rate;
        }
    }
    most + total.ln()
}

/// What the backward pass is given.
pub(super) struct Backward<'a> {
    /// `[t, 3h]`.
    pub(super) projected: &'a [f32],
    /// `[t, h]`.
    pub(super) context: &'a [f32],
    /// `[t, n]`.
    pub(super) log_sums: &'a [f32],
    /// The gradient of `context`, `[t, h]`.
    pub(super) gradient: &'a [f32],
}

/// The gradient of query, key and value side by side, `[t, 3h]`.
pub(super) fn backward(given: &Backward<'_>, h: usize, heads: Heads<'_>) -> Vec<f32> {
    let mut out = vec![0.0; given.projected.len()];
    let tiles = Tiles::new(&mut out, 3 * h);
    heads.jobs().into_par_iter().for_each(|job| {
        let width = job.rows.len();
        let mut scratch = vec![0.0; 2 * BLOCK.min(width) * width];
        job_backward(given, h, heads, &job, &tiles, &mut scratch);
    });
    out
}

fn job_backward(
    given: &Backward<'_>,
    h: usize,
    heads: Heads<'_>,
    Job { rows, head }: &Job,
    tiles: &Tiles<'_>,
    scratch: &mut [f32],
) {
    let (d, head) = (h / heads.number, *head);
    let scale = (d as f32).sqrt().recip();
    let projected = Matrix::new(given.projected, 3 * h);
    let of = |part, rows: &Range<usize>| projected.part(rows.clone(), columns(head, d, part, h));
    let of_head = |numbers, rows: &Range<usize>| {
        Matrix::new(numbers, h).part(rows.clone(), columns(head, d, 0, h))
    };
    let (key, value) = (of(1, rows), of(2, rows));
    // SAFETY of all three kinds of parts: no other job has these rows and this head; the columns of query, key and value
    // are apart, and this job writes one block at a time.
    let mut key_gradient = unsafe { tiles.part(rows.clone(), columns(head, d, 1, h)) };
    let mut value_gradient = unsafe { tiles.part(rows.clone(), columns(head, d, 2, h)) };
    for block in blocks(rows) {
        let length = block.len() * rows.len();
        let (shares, slopes) = scratch.split_at_mut(scratch.len() / 2);
        let (shares, slopes) = (&mut shares[..length], &mut slopes[..length]);
        let (query, gradient) = (of(0, &block), of_head(given.gradient, &block));
        let context = of_head(given.context, &block);
        scaled_scores(shares, query, key, d);
        let mut into = MatrixMut::new(slopes, rows.len());
        multiply(
            &mut into,
            false,
            gradient,
            value.transposed(),
            1.0,
            Threads::One,
        );
        vectorised(|| {
            let numbers = shares
                .chunks_mut(rows.len())
                .zip(slopes.chunks_mut(rows.len()));
            for (at, (shares, slopes)) in numbers.enumerate() {
                let row = (block.start + at) * heads.number + head;
                let along = sum([gradient.row(at), context.row(at)], |[g, c]| g * c);
                row_backward(
                    shares,
                    slopes,
                    given.log_sums[row],
                    along,
                    heads.dropout,
                    row,
                );
            }
        });
        let (shares, slopes) = (
            Matrix::new(shares, rows.len()),
            Matrix::new(slopes, rows.len()),
        );
        multiply(
            &mut value_gradient,
            true,
            shares.transposed(),
            gradient,
            1.0,
            Threads::One,
        );
        multiply(
            &mut key_gradient,
            true,
            slopes.transposed(),
            query,
            scale,
            Threads::One,
        );
        let mut query_gradient = unsafe { tiles.part(block, columns(head, d, 0, h)) };
        multiply(&mut query_gradient, false, slopes, key, scale, Threads::One);
    }
}

/// Of a query's row: scores become shares, some of them dropped; gradients of shares become gradients of scores.
#[expect(
    clippy::inline_always,
    reason = "it takes on the instructions of the function that it is inlined into"
)]
#[inline(always)]
fn row_backward(
    shares: &mut [f32],
    slopes: &mut [f32],
    log_sum: f32,
    along: f32,
    dropout: Site,
    row: usize,
) {
    let numbers = shares.iter_mut().zip(slopes);
    if dropout.is_on() {
        let factors = dropout.factors(row as u64);
        for (key, (share, slope)) in numbers.enumerate() {
            let whole = exp(*share - log_sum);
            let factor = factors.of(key);
            *slope = whole * (*slope * factor - along);
            *share = whole * factor;
        }
    } else {
        for (share, slope) in numbers {
            *share = exp(*share - log_sum);
            *slope = *share * (*slope - along);
        }
    }
}

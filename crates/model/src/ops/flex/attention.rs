//! Attention within each example, a head at a time, in blocks of queries: no share is kept for the backward pass.
//!
//! Dimensions: `t` pieces of all examples, `r` of them that ask, `h` hidden width, `n` heads, `d` width of a head; `h = n · d`.

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
    /// Pieces that ask, ascending, `[r]`; `None`: all.
    pub(super) asking: Option<&'a [u32]>,
    /// `n`.
    pub(super) number: usize,
    /// Of shares.
    pub(super) dropout: Site,
}

/// A head of an example.
struct Job {
    /// Rows of `[t, h]`.
    keys: Range<usize>,
    /// Rows of `[r, h]`.
    queries: Range<usize>,
    head: usize,
}

impl Heads<'_> {
    /// The longest first, so that no thread is left with it at the end.
    fn jobs(&self) -> Vec<Job> {
        let examples = self.layout.examples();
        let heads = |keys: Range<usize>| {
            let queries = self.queries(&keys);
            (0..self.number).map(move |head| Job {
                keys: keys.clone(),
                queries: queries.clone(),
                head,
            })
        };
        let mut jobs: Vec<Job> = examples.flat_map(heads).collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.keys.len() * job.queries.len()));
        jobs
    }

    /// Those of an example's pieces that ask.
    fn queries(&self, keys: &Range<usize>) -> Range<usize> {
        let place = |row: usize| match self.asking {
            Some(asking) => asking.partition_point(|asks| (*asks as usize) < row),
            None => row,
        };
        place(keys.start)..place(keys.end)
    }

    /// Number of pieces that ask, `r`.
    fn n_queries(&self) -> usize {
        self.asking.map_or(self.layout.n_rows(), <[u32]>::len)
    }

    /// The number of a query's row at the site of the shares.
    #[expect(
        clippy::inline_always,
        reason = "it takes on the instructions of the function that it is inlined into"
    )]
    #[inline(always)]
    fn share_row(&self, query: usize, head: usize) -> u64 {
        let row = self.asking.map_or(query, |asking| asking[query] as usize);
        (row * self.number + head) as u64
    }
}

/// Columns of a head, of width `d`, in the `part`-th of matrices side by side.
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

/// softmax(query · key / √d) · value, with dropout on the shares: `query` is `[r, h]`, `key_value` are key and value side by
/// side, `[t, 2h]`. Gives the mixtures `[r, h]` and ln Σ exp of each query's scores, `[r, n]`.
pub(super) fn forward(
    query: &[f32],
    key_value: &[f32],
    h: usize,
    heads: Heads<'_>,
) -> (Vec<f32>, Vec<f32>) {
    let (r, d) = (heads.n_queries(), h / heads.number);
    let (query, key_value) = (Matrix::new(query, h), Matrix::new(key_value, 2 * h));
    let mut context = vec![0.0; r * h];
    let mut log_sums = vec![0.0; r * heads.number];
    let context_tiles = Tiles::new(&mut context, h);
    let sums_tiles = Tiles::new(&mut log_sums, heads.number);
    let job = |Job {
                   keys,
                   queries,
                   head,
               }: Job| {
        let [key, value] =
            [0, 1].map(|part| key_value.part(keys.clone(), columns(head, d, part, h)));
        let n_keys = keys.len();
        let mut scores = vec![0.0; BLOCK.min(queries.len()) * n_keys];
        for block in blocks(&queries) {
            let scores = &mut scores[..block.len() * n_keys];
            let query = query.part(block.clone(), columns(head, d, 0, h));
            scaled_scores(scores, query, key, d);
            // SAFETY: no other job has these queries and this head, and this one no two blocks at a time.
            let mut sums = unsafe { sums_tiles.part(block.clone(), head..head + 1) };
            vectorised(|| {
                for (query, scores) in block.clone().zip(scores.chunks_mut(n_keys)) {
                    let log_sum = softmax(scores, heads, query, head);
                    sums.set(query - block.start, 0, log_sum);
                }
            });
            // SAFETY: as above.
            let mut out = unsafe { context_tiles.part(block, columns(head, d, 0, h)) };
            let shares = Matrix::new(scores, n_keys);
            multiply(&mut out, false, shares, value, 1.0, Threads::One);
        }
    };
    heads.jobs().into_par_iter().for_each(job);
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
fn softmax(scores: &mut [f32], heads: Heads<'_>, query: usize, head: usize) -> f32 {
    let most = largest(scores);
    for score in &mut *scores {
        *score = exp(*score - most);
    }
    let total = sum([scores], |[x]| x);
    let rate = total.recip();
    if heads.dropout.is_on() {
        let factors = heads.dropout.factors(heads.share_row(query, head));
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
    /// `[r, h]`.
    pub(super) query: &'a [f32],
    /// Side by side, `[t, 2h]`.
    pub(super) key_value: &'a [f32],
    /// `[r, h]`.
    pub(super) context: &'a [f32],
    /// `[r, n]`.
    pub(super) log_sums: &'a [f32],
    /// The gradient of `context`, `[r, h]`.
    pub(super) gradient: &'a [f32],
}

/// The gradients of query, `[r, h]`, and of key and value side by side, `[t, 2h]`.
pub(super) fn backward(given: &Backward<'_>, h: usize, heads: Heads<'_>) -> (Vec<f32>, Vec<f32>) {
    let mut query = vec![0.0; given.query.len()];
    let mut key_value = vec![0.0; given.key_value.len()];
    let tiles = [Tiles::new(&mut query, h), Tiles::new(&mut key_value, 2 * h)];
    heads.jobs().into_par_iter().for_each(|job| {
        let mut scratch = vec![0.0; 2 * BLOCK.min(job.queries.len()) * job.keys.len()];
        job_backward(given, h, heads, &job, &tiles, &mut scratch);
    });
    (query, key_value)
}

fn job_backward(
    given: &Backward<'_>,
    h: usize,
    heads: Heads<'_>,
    Job {
        keys,
        queries,
        head,
    }: &Job,
    [query_tiles, tiles]: &[Tiles<'_>; 2],
    scratch: &mut [f32],
) {
    let (d, head) = (h / heads.number, *head);
    let scale = (d as f32).sqrt().recip();
    let n_keys = keys.len();
    let key_value = Matrix::new(given.key_value, 2 * h);
    let of_head = |numbers, rows: &Range<usize>| {
        Matrix::new(numbers, h).part(rows.clone(), columns(head, d, 0, h))
    };
    let [key, value] = [0, 1].map(|part| key_value.part(keys.clone(), columns(head, d, part, h)));
    // SAFETY of all three kinds of parts: no other job has these rows and this head; the columns of key and value are
    // apart, and this job writes one block of queries at a time.
    let mut key_gradient = unsafe { tiles.part(keys.clone(), columns(head, d, 0, h)) };
    let mut value_gradient = unsafe { tiles.part(keys.clone(), columns(head, d, 1, h)) };
    for block in blocks(queries) {
        let length = block.len() * n_keys;
        let (shares, slopes) = scratch.split_at_mut(scratch.len() / 2);
        let (shares, slopes) = (&mut shares[..length], &mut slopes[..length]);
        let (query, gradient) = (
            of_head(given.query, &block),
            of_head(given.gradient, &block),
        );
        let context = of_head(given.context, &block);
        scaled_scores(shares, query, key, d);
        let mut into = MatrixMut::new(slopes, n_keys);
        multiply(
            &mut into,
            false,
            gradient,
            value.transposed(),
            1.0,
            Threads::One,
        );
        vectorised(|| {
            let numbers = shares.chunks_mut(n_keys).zip(slopes.chunks_mut(n_keys));
            for (at, (shares, slopes)) in numbers.enumerate() {
                let query = block.start + at;
                let along = sum([gradient.row(at), context.row(at)], |[g, c]| g * c);
                row_backward(
                    shares,
                    slopes,
                    given.log_sums[query * heads.number + head],
                    along,
                    heads.dropout,
                    heads.share_row(query, head),
                );
            }
        });
        let (shares, slopes) = (Matrix::new(shares, n_keys), Matrix::new(slopes, n_keys));
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
        let mut query_gradient = unsafe { query_tiles.part(block, columns(head, d, 0, h)) };
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
    row: u64,
) {
    let numbers = shares.iter_mut().zip(slopes);
    if dropout.is_on() {
        let factors = dropout.factors(row);
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

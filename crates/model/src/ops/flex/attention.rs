//! Attention within each example, one head at a time, in blocks of queries. No probability is kept for the backward pass.
//!
//! Dimensions: `t` pieces of all examples, `r` of them with a query, `h` hidden width, `n` heads, `d` width of a head;
//! `h = n · d`.

use std::ops::Range;

use rayon::prelude::*;

use super::matrix::{Matrix, MatrixMut, Threads, Tiles, multiply};
use super::vector::{exp, largest, sum, vectorised};
use crate::layout::Layout;
use crate::ops::dropout::Site;

/// Queries of a block: the probabilities of 64 queries over 512 keys stay within a core's cache.
const BLOCK: usize = 64;

/// Where examples and heads lie, for both passes.
#[derive(Clone, Copy)]
pub(super) struct HeadLayout<'a> {
    pub(super) layout: &'a Layout,
    /// The rows that have a query, ascending, `[r]`; `None` for all rows.
    pub(super) queries: Option<&'a [u32]>,
    pub(super) n_heads: usize,
    /// Dropout of the probabilities.
    pub(super) dropout: Site,
}

/// One head of one example.
struct Job {
    /// Rows of `[t, h]`.
    keys: Range<usize>,
    /// Rows of `[r, h]`.
    queries: Range<usize>,
    head: usize,
}

impl HeadLayout<'_> {
    /// Lists all jobs, the longest first: started last, it would leave the other threads idle at the end.
    fn jobs(&self) -> Vec<Job> {
        let examples = self.layout.examples();
        let heads = |keys: Range<usize>| {
            let queries = self.queries_of(&keys);
            (0..self.n_heads).map(move |head| Job {
                keys: keys.clone(),
                queries: queries.clone(),
                head,
            })
        };
        let mut jobs: Vec<Job> = examples.flat_map(heads).collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.keys.len() * job.queries.len()));
        jobs
    }

    /// Returns the rows of `[r, h]` that have the queries of an example, given its rows of `[t, h]`.
    fn queries_of(&self, keys: &Range<usize>) -> Range<usize> {
        let index = |row: usize| match self.queries {
            Some(queries) => queries.partition_point(|query| (*query as usize) < row),
            None => row,
        };
        index(keys.start)..index(keys.end)
    }

    /// Returns the number of queries, `r`.
    fn n_queries(&self) -> usize {
        self.queries.map_or(self.layout.n_rows(), <[u32]>::len)
    }

    /// Returns the row of a query's probabilities at the dropout site.
    #[expect(
        clippy::inline_always,
        reason = "it takes on the instructions of the function that it is inlined into"
    )]
    #[inline(always)]
    fn site_row(&self, query: usize, head: usize) -> u64 {
        let row = self.queries.map_or(query, |rows| rows[query] as usize);
        (row * self.n_heads + head) as u64
    }
}

/// Returns the columns of a head of width `d` in the `part`-th of several matrices of width `h` that lie side by side.
fn columns(head: usize, d: usize, part: usize, h: usize) -> Range<usize> {
    part * h + head * d..part * h + (head + 1) * d
}

/// Cuts the queries of an example into blocks.
fn blocks(rows: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
    let end = rows.end;
    rows.clone()
        .step_by(BLOCK)
        .map(move |start| start..(start + BLOCK).min(end))
}

/// Computes the context vectors, softmax(query · key / √d) · value with dropout on the probabilities, and the log-sum-exp
/// of each query's scores.
///
/// # Shapes
///
/// `query` is `[r, h]`, `key_value` has key and value side by side, `[t, 2h]`. The results are `[r, h]` and `[r, n]`.
pub(super) fn forward(
    query: &[f32],
    key_value: &[f32],
    h: usize,
    heads: HeadLayout<'_>,
) -> (Vec<f32>, Vec<f32>) {
    let (r, d) = (heads.n_queries(), h / heads.n_heads);
    let (query, key_value) = (Matrix::new(query, h), Matrix::new(key_value, 2 * h));
    let mut context = vec![0.0; r * h];
    let mut logsumexp = vec![0.0; r * heads.n_heads];
    let context_tiles = Tiles::new(&mut context, h);
    let logsumexp_tiles = Tiles::new(&mut logsumexp, heads.n_heads);
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
            // SAFETY: no other job has these queries and this head, and this job has one block at a time.
            let mut logsumexp = unsafe { logsumexp_tiles.part(block.clone(), head..head + 1) };
            vectorised(|| {
                for (query, scores) in block.clone().zip(scores.chunks_mut(n_keys)) {
                    let value = softmax(scores, heads, query, head);
                    logsumexp.set(query - block.start, 0, value);
                }
            });
            // SAFETY: as above.
            let mut out = unsafe { context_tiles.part(block, columns(head, d, 0, h)) };
            let probabilities = Matrix::new(scores, n_keys);
            multiply(&mut out, false, probabilities, value, 1.0, Threads::One);
        }
    };
    heads.jobs().into_par_iter().for_each(job);
    (context, logsumexp)
}

/// Computes the scores of a block of queries, query · key / √d, `[block, keys]`.
fn scaled_scores(scores: &mut [f32], query: Matrix<'_>, key: Matrix<'_>, d: usize) {
    let scale = (d as f32).sqrt().recip();
    let n_keys = key.n_rows();
    let mut out = MatrixMut::new(scores, n_keys);
    let key = key.transposed();
    multiply(&mut out, false, query, key, scale, Threads::One);
}

/// Turns the scores of a query into probabilities with dropout, and returns the log-sum-exp of the scores.
#[expect(
    clippy::inline_always,
    reason = "it takes on the instructions of the function that it is inlined into"
)]
#[inline(always)]
fn softmax(scores: &mut [f32], heads: HeadLayout<'_>, query: usize, head: usize) -> f32 {
    let most = largest(scores);
    for score in &mut *scores {
        *score = exp(*score - most);
    }
    let total = sum([scores], |[x]| x);
    let scale = total.recip();
    if heads.dropout.is_on() {
        let factors = heads.dropout.factors(heads.site_row(query, head));
        for (key, probability) in scores.iter_mut().enumerate() {
            *probability *= scale * factors.of(key);
        }
    } else {
        for probability in &mut *scores {
            *probability *= scale;
        }
    }
    most + total.ln()
}

/// What the backward pass reads.
pub(super) struct Backward<'a> {
    /// `[r, h]`.
    pub(super) query: &'a [f32],
    /// Key and value side by side, `[t, 2h]`.
    pub(super) key_value: &'a [f32],
    /// Context vectors, `[r, h]`.
    pub(super) context: &'a [f32],
    /// `[r, n]`.
    pub(super) logsumexp: &'a [f32],
    /// The gradient of the context vectors, `[r, h]`.
    pub(super) gradient: &'a [f32],
}

/// The memory that all jobs of a backward pass write, each job its own part.
struct GradientTiles<'a> {
    /// `[r, h]`.
    query: Tiles<'a>,
    /// Key and value side by side, `[t, 2h]`.
    key_value: Tiles<'a>,
}

/// Computes the gradients of query, `[r, h]`, and of key and value side by side, `[t, 2h]`.
pub(super) fn backward(
    saved: &Backward<'_>,
    h: usize,
    heads: HeadLayout<'_>,
) -> (Vec<f32>, Vec<f32>) {
    let mut query = vec![0.0; saved.query.len()];
    let mut key_value = vec![0.0; saved.key_value.len()];
    let tiles = GradientTiles {
        query: Tiles::new(&mut query, h),
        key_value: Tiles::new(&mut key_value, 2 * h),
    };
    heads.jobs().into_par_iter().for_each(|job| {
        let mut scratch = vec![0.0; 2 * BLOCK.min(job.queries.len()) * job.keys.len()];
        job_backward(saved, h, heads, &job, &tiles, &mut scratch);
    });
    (query, key_value)
}

/// Computes the gradients of one head of one example, a block of queries at a time. `scratch` holds two matrices
/// `[block, keys]`: scores that become probabilities, and gradients of probabilities that become gradients of scores.
fn job_backward(
    saved: &Backward<'_>,
    h: usize,
    heads: HeadLayout<'_>,
    Job {
        keys,
        queries,
        head,
    }: &Job,
    tiles: &GradientTiles<'_>,
    scratch: &mut [f32],
) {
    let (d, head) = (h / heads.n_heads, *head);
    let scale = (d as f32).sqrt().recip();
    let n_keys = keys.len();
    let key_value = Matrix::new(saved.key_value, 2 * h);
    let of_head = |values, rows: &Range<usize>| {
        Matrix::new(values, h).part(rows.clone(), columns(head, d, 0, h))
    };
    let [key, value] = [0, 1].map(|part| key_value.part(keys.clone(), columns(head, d, part, h)));
    // SAFETY of all three kinds of parts: no other job has these rows and this head; the columns of key and value are
    // apart, and this job writes one block of queries at a time.
    let [mut key_gradient, mut value_gradient] = [0, 1].map(|part| unsafe {
        tiles
            .key_value
            .part(keys.clone(), columns(head, d, part, h))
    });
    for block in blocks(queries) {
        let length = block.len() * n_keys;
        let (probabilities, slopes) = scratch.split_at_mut(scratch.len() / 2);
        let (probabilities, slopes) = (&mut probabilities[..length], &mut slopes[..length]);
        let query = of_head(saved.query, &block);
        let gradient = of_head(saved.gradient, &block);
        let context = of_head(saved.context, &block);
        scaled_scores(probabilities, query, key, d);
        let mut into = MatrixMut::new(slopes, n_keys);
        let value_columns = value.transposed();
        multiply(&mut into, false, gradient, value_columns, 1.0, Threads::One);
        vectorised(|| {
            let rows = probabilities
                .chunks_mut(n_keys)
                .zip(slopes.chunks_mut(n_keys));
            for (at, (scores, slopes)) in rows.enumerate() {
                let query = block.start + at;
                let along = sum([gradient.row(at), context.row(at)], |[g, c]| g * c);
                let logsumexp = saved.logsumexp[query * heads.n_heads + head];
                let site_row = heads.site_row(query, head);
                row_backward(scores, slopes, logsumexp, along, heads.dropout, site_row);
            }
        });
        let probability_columns = Matrix::new(probabilities, n_keys).transposed();
        let slopes = Matrix::new(slopes, n_keys);
        let out = &mut value_gradient;
        multiply(out, true, probability_columns, gradient, 1.0, Threads::One);
        let out = &mut key_gradient;
        multiply(out, true, slopes.transposed(), query, scale, Threads::One);
        let mut out = unsafe { tiles.query.part(block, columns(head, d, 0, h)) };
        multiply(&mut out, false, slopes, key, scale, Threads::One);
    }
}

/// Turns one query's scores into probabilities with dropout, and the gradients of those, in `slopes`, into gradients of the
/// scores. `along` is the product of the context vector with its gradient: what the softmax's sum takes off.
#[expect(
    clippy::inline_always,
    reason = "it takes on the instructions of the function that it is inlined into"
)]
#[inline(always)]
fn row_backward(
    scores: &mut [f32],
    slopes: &mut [f32],
    logsumexp: f32,
    along: f32,
    dropout: Site,
    site_row: u64,
) {
    let columns = scores.iter_mut().zip(slopes);
    if dropout.is_on() {
        let factors = dropout.factors(site_row);
        for (key, (score, slope)) in columns.enumerate() {
            let whole = exp(*score - logsumexp);
            let factor = factors.of(key);
            *slope = whole * (*slope * factor - along);
            *score = whole * factor;
        }
    } else {
        for (score, slope) in columns {
            *score = exp(*score - logsumexp);
            *slope = *score * (*slope - along);
        }
    }
}

//! Kernels that go over rows: the norm after a residual, the embeddings, the cross-entropy of logits.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width, `m` masked positions, `v` pieces of
//! the vocabulary.

use tch::{Kind, Tensor};

use super::Kernels;
use super::arguments::{floats, hidden, integers, numbers, row_indices, sizes};
use super::program::{Argument, Function};
use super::site::{RowDropout, Site};

/// The arguments of [`Kernels::residual_norm`] that its backward pass reads too.
#[derive(Clone, Copy, Debug)]
pub struct ResidualNorm<'t> {
    /// The output of a sub-layer, bf16 `[r, h]`.
    pub x: &'t Tensor,
    /// The input of the sub-layer, bf16 `[r, h]`.
    pub residual: &'t Tensor,
    /// The weight of the norm, f32 `[h]`.
    pub weight: &'t Tensor,
    /// Dropout of `x`.
    pub dropout: RowDropout<'t>,
}

/// The arguments of [`Kernels::embeddings`] that its backward pass reads too.
#[derive(Clone, Copy, Debug)]
pub struct Embeddings<'t> {
    /// The table of word embeddings, f32 `[v, h]`.
    pub word: &'t Tensor,
    /// The table of position embeddings, f32 `[positions, h]`.
    pub position: &'t Tensor,
    /// The table of segment embeddings, f32 `[segments, h]`.
    pub segment: &'t Tensor,
    /// The rows to look up in the three tables, i32 `[3, t]`.
    pub ids: &'t Tensor,
    /// The weight of the norm, f32 `[h]`.
    pub weight: &'t Tensor,
    /// Dropout of the result.
    pub site: Site,
}

/// The result of a norm.
#[derive(Debug)]
pub struct Normed {
    /// bf16 `[r, h]`.
    pub output: Tensor,
    /// The mean and 1 / standard deviation of each row's input, f32 `[r, 2]`, for the backward pass.
    pub statistics: Tensor,
}

/// The gradients of [`Kernels::residual_norm`].
#[derive(Debug)]
pub struct ResidualNormGradients {
    /// bf16 `[r, h]`.
    pub x: Tensor,
    /// bf16 `[r, h]`.
    pub residual: Tensor,
    /// f32 `[h]`.
    pub weight: Tensor,
    /// f32 `[h]`.
    pub bias: Tensor,
    /// The gradient of a bias that was added to `x`, f32 `[h]`.
    pub x_bias: Tensor,
}

/// The gradients of [`Kernels::embeddings`].
#[derive(Debug)]
pub struct EmbeddingGradients {
    /// The gradient of the sum of the three embeddings, f32 `[t, h]`.
    pub sum: Tensor,
    /// f32 `[h]`.
    pub weight: Tensor,
    /// f32 `[h]`.
    pub bias: Tensor,
}

/// The result of [`Kernels::cross_entropy`].
#[derive(Debug)]
pub struct CrossEntropy {
    /// The cross-entropy of each row in nats, f32 `[m]`.
    pub losses: Tensor,
    /// The gradients of the logits, bf16 `[m, v]`.
    pub slopes: Tensor,
}

impl Kernels {
    /// Computes norm(dropout(x) + residual).
    pub fn residual_norm(&self, given: ResidualNorm<'_>, bias: &Tensor, eps: f64) -> Normed {
        let rows = self.n_rows(given.x);
        let (output, statistics) = (given.x.empty_like(), self.statistics(given.x));
        let arguments = [
            hidden(given.x, rows, self.width),
            hidden(given.residual, rows, self.width),
            numbers(given.weight, self.width),
            numbers(bias, self.width),
            hidden(&output, rows, self.width),
            numbers(&statistics, 2 * rows),
            Argument::Int(rows as i32),
            Argument::Float(eps as f32),
            row_indices(given.dropout, rows),
            Argument::Site(given.dropout.site),
        ];
        self.by_row(self.residual_norm, &arguments);
        Normed { output, statistics }
    }

    /// Computes the gradients of [`Self::residual_norm`] from that of its output.
    pub fn residual_norm_backward(
        &self,
        gradient: &Tensor,
        given: ResidualNorm<'_>,
        statistics: &Tensor,
    ) -> ResidualNormGradients {
        let rows = self.n_rows(given.x);
        let function = self.residual_norm_backward;
        let (dx, dresidual) = (given.x.empty_like(), given.x.empty_like());
        let sums = floats(&[function.n_blocks as usize, 3 * self.width], given.x);
        let arguments = [
            hidden(gradient, rows, self.width),
            hidden(given.x, rows, self.width),
            hidden(given.residual, rows, self.width),
            numbers(given.weight, self.width),
            numbers(statistics, 2 * rows),
            hidden(&dx, rows, self.width),
            hidden(&dresidual, rows, self.width),
            numbers(&sums, function.n_blocks as usize * 3 * self.width),
            Argument::Int(rows as i32),
            row_indices(given.dropout, rows),
            Argument::Site(given.dropout.site),
        ];
        self.by_row(function, &arguments);
        let sums = self.sum_rows(&sums);
        ResidualNormGradients {
            x: dx,
            residual: dresidual,
            weight: self.part(&sums, 0),
            bias: self.part(&sums, 1),
            x_bias: self.part(&sums, 2),
        }
    }

    /// Computes dropout(norm(word + position + segment)).
    pub fn embeddings(&self, given: Embeddings<'_>, bias: &Tensor, eps: f64) -> Normed {
        let rows = given.n_rows();
        let output = Tensor::empty(
            [rows as i64, self.width as i64],
            (Kind::BFloat16, bias.device()),
        );
        let statistics = self.statistics(&output);
        let [word, position, segment, ids] = self.lookups(given);
        let arguments = [
            word,
            position,
            segment,
            ids,
            numbers(given.weight, self.width),
            numbers(bias, self.width),
            hidden(&output, rows, self.width),
            numbers(&statistics, 2 * rows),
            Argument::Int(rows as i32),
            Argument::Float(eps as f32),
            Argument::Site(given.site),
        ];
        self.by_row(self.embeddings, &arguments);
        Normed { output, statistics }
    }

    /// Computes the gradients of [`Self::embeddings`] from that of its output.
    pub fn embeddings_backward(
        &self,
        gradient: &Tensor,
        given: Embeddings<'_>,
        statistics: &Tensor,
    ) -> EmbeddingGradients {
        let rows = given.n_rows();
        let function = self.embeddings_backward;
        let [word, position, segment, ids] = self.lookups(given);
        let dsum = floats(&[rows, self.width], gradient);
        let sums = floats(&[function.n_blocks as usize, 2 * self.width], gradient);
        let arguments = [
            hidden(gradient, rows, self.width),
            word,
            position,
            segment,
            ids,
            numbers(given.weight, self.width),
            numbers(statistics, 2 * rows),
            numbers(&dsum, rows * self.width),
            numbers(&sums, function.n_blocks as usize * 2 * self.width),
            Argument::Int(rows as i32),
            Argument::Site(given.site),
        ];
        self.by_row(function, &arguments);
        let sums = self.sum_rows(&sums);
        EmbeddingGradients {
            sum: dsum,
            weight: self.part(&sums, 0),
            bias: self.part(&sums, 1),
        }
    }

    /// Adds a bias to logits, bf16 `[m, v]`, and computes the cross-entropy of each row. The gradient of `scale` times
    /// each cross-entropy overwrites the logits.
    ///
    /// `labels` are i32 `[m]`, each below v.
    pub fn cross_entropy(
        &self,
        logits: Tensor,
        bias: &Tensor,
        labels: &Tensor,
        scale: f64,
    ) -> CrossEntropy {
        let (rows, width) = sizes(&logits);
        let losses = floats(&[rows], &logits);
        let arguments = [
            hidden(&logits, rows, width),
            numbers(bias, width),
            integers(labels, rows),
            numbers(&losses, rows),
            Argument::Int(width as i32),
            Argument::Float(scale as f32),
        ];
        self.program
            .launch(self.cross_entropy, [rows, 1], &arguments);
        CrossEntropy {
            losses,
            slopes: logits,
        }
    }

    /// Returns the number of rows of hidden states, which must have the width of the kernels.
    pub(super) fn n_rows(&self, x: &Tensor) -> usize {
        let (rows, width) = sizes(x);
        assert_eq!(width, self.width, "hidden states of the kernels' width");
        rows
    }

    fn statistics(&self, x: &Tensor) -> Tensor {
        floats(&[self.n_rows(x), 2], x)
    }

    /// The addresses of the three tables and of the ids.
    fn lookups(&self, given: Embeddings<'_>) -> [Argument; 4] {
        let table = |table: &Tensor| numbers(table, sizes(table).0 * self.width);
        [
            table(given.word),
            table(given.position),
            table(given.segment),
            integers(given.ids, 3 * given.n_rows()),
        ]
    }

    /// Returns a view of one part of sums that lie side by side. The parts do not overlap.
    fn part(&self, sums: &Tensor, index: usize) -> Tensor {
        let width = self.width as i64;
        sums.narrow(0, index as i64 * width, width)
    }

    /// Launches a kernel whose warps take rows in turns.
    fn by_row(&self, function: Function, arguments: &[Argument]) {
        self.program
            .launch(function, [function.n_blocks as usize, 1], arguments);
    }
}

impl Embeddings<'_> {
    /// Returns the number of pieces, `t`.
    fn n_rows(&self) -> usize {
        sizes(self.ids).1
    }
}

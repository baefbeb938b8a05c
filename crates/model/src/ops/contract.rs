//! The contract of the large operations: what an implementation is given, what it must return, and what it promises.
//!
//! A forward pass is one call of [`Operations::embeddings`], one of [`Operations::encoder_layer`] per layer, and in
//! training one of [`Operations::masked_loss`]. Every implementation promises the following.
//!
//! - **Values.** Results and gradients are those of the reference within rounding.
//! - **Types.** Parameters, their gradients and the loss are f32. Hidden states are f32, or bf16 between the operations of
//!   an implementation that trains in bf16; each operation takes both.
//! - **Layout.** Examples lie end to end. Only attention looks at where an example ends.
//! - **Dropout.** Numbers are dropped in four places only, those of [`Place`](super::dropout::Place), with the rate that
//!   [`Dropout`] has for the place. A mask is the one that [`Site`](super::dropout::Site) defines, a function of seed, place,
//!   row and column. The exception is a device that has to draw from its own generator: the caller seeds it with the seed
//!   of the batch before each forward pass.
//! - **Tape.** On an autodiff device every argument is tracked, and the backward pass gives each its gradient. The word
//!   embeddings are an argument of two operations, and both gradients are added up. A fused implementation is one node of
//!   the tape that keeps what its own backward pass reads. On a plain device nothing is kept.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width, `i` inner width of the
//! feed-forward, `v` pieces of the vocabulary, `m` masked positions of the batch.

use burn::tensor::Tensor;

use super::dropout::Dropout;
use crate::input::ModelInput;
use crate::rows::Rows;

/// The operations of one implementation.
pub(crate) trait Operations {
    /// Computes `dropout(norm(word + position + segment))`.
    ///
    /// # Shapes
    ///
    /// `t` pieces to `[t, h]`.
    fn embeddings(
        &self,
        parameters: EmbeddingParameters,
        input: &ModelInput,
        dropout: &Dropout,
    ) -> Tensor<2>;

    /// Computes a post-norm layer: attention within each example with dropout on its probabilities, then feed-forward, each
    /// followed by dropout, residual and norm (method §4). Only the asked rows are returned, in ascending order.
    ///
    /// # Shapes
    ///
    /// `[t, h]` to `[r, h]`.
    fn encoder_layer(
        &self,
        hidden: Tensor<2>,
        parameters: LayerParameters,
        input: &ModelInput,
        rows: &Rows,
        dropout: &Dropout,
    ) -> Tensor<2>;

    /// Computes `scale` times the sum of the cross-entropies at the masked positions, in nats. `labels` are `m` piece ids.
    ///
    /// # Shapes
    ///
    /// `[m, h]` to `[1]`.
    fn masked_loss(
        &self,
        hidden: Tensor<2>,
        parameters: HeadParameters,
        labels: &[i32],
        scale: f64,
    ) -> Tensor<1>;
}

/// The parameters of `y = x · weight + bias`.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    /// `[d_in, d_out]`.
    pub(crate) weight: Tensor<2>,
    /// `[d_out]`.
    pub(crate) bias: Tensor<1>,
}

/// The parameters of a layer norm: zero mean and unit variance over the last dimension, then `· weight + bias`.
#[derive(Clone, Debug)]
pub(crate) struct Norm {
    /// `[h]`.
    pub(crate) weight: Tensor<1>,
    /// `[h]`.
    pub(crate) bias: Tensor<1>,
    /// ε under the root.
    pub(crate) eps: f64,
}

/// The parameters of the embeddings.
#[derive(Clone, Debug)]
pub(crate) struct EmbeddingParameters {
    /// `[v, h]`.
    pub(crate) word: Tensor<2>,
    /// `[positions, h]`.
    pub(crate) position: Tensor<2>,
    /// `[segments, h]`.
    pub(crate) segment: Tensor<2>,
    pub(crate) norm: Norm,
}

/// The parameters of an encoder layer.
#[derive(Clone, Debug)]
pub(crate) struct LayerParameters {
    /// Query, key, value and output are `[h, h]`.
    pub(crate) query: Affine,
    pub(crate) key: Affine,
    pub(crate) value: Affine,
    pub(crate) output: Affine,
    /// The norm after attention.
    pub(crate) attention_norm: Norm,
    /// `[h, i]`.
    pub(crate) expand: Affine,
    /// `[i, h]`.
    pub(crate) contract: Affine,
    /// The norm after the feed-forward.
    pub(crate) norm: Norm,
    pub(crate) n_heads: usize,
    /// The index of the layer, from 0: it decides the dropout masks.
    pub(crate) layer_index: usize,
}

/// The parameters of the masked head.
#[derive(Clone, Debug)]
pub(crate) struct HeadParameters {
    /// `[h, h]`.
    pub(crate) dense: Affine,
    pub(crate) norm: Norm,
    /// The decoder's weight: the word embeddings, `[v, h]`.
    pub(crate) word: Tensor<2>,
    /// The decoder's bias, `[v]`.
    pub(crate) decoder_bias: Tensor<1>,
}

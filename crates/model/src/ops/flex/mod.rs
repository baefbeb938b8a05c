//! Own forward and backward passes for the pure-Rust CPU device.
//!
//! Each operation is one node of burn's graph, runs on all cores, and gives the same bits for any number of them.
#![expect(
    unsafe_code,
    reason = "`gemm` takes pointers, and heads write their columns of one matrix at a time; both only in `matrix`"
)]

mod attention;
mod embeddings;
pub(super) mod head;
pub(super) mod layer;
mod matrix;
mod node;
mod rows;
mod vector;

use burn::tensor::Tensor;

use super::{Dropout, EmbeddingParameters, HeadParameters, LayerParameters, Operations};
use crate::input::ModelInput;
use crate::rows::Rows;

/// Runs a pass on one of the threads that its loops run on: from outside, each loop would wake one up first.
pub(super) fn in_pool<R: Send>(pass: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| pass())
}

/// The pure-Rust CPU device's own.
pub(super) struct Flex;

impl Operations for Flex {
    fn embeddings(
        &self,
        parameters: EmbeddingParameters,
        input: &ModelInput,
        dropout: &Dropout,
    ) -> Tensor<2> {
        embeddings::embeddings(parameters, input, dropout)
    }

    fn encoder_layer(
        &self,
        hidden: Tensor<2>,
        parameters: LayerParameters,
        input: &ModelInput,
        rows: &Rows,
        dropout: &Dropout,
    ) -> Tensor<2> {
        layer::encoder_layer(hidden, parameters, (input, rows), dropout)
    }

    fn masked_loss(
        &self,
        hidden: Tensor<2>,
        parameters: HeadParameters,
        labels: &[i32],
        scale: f64,
    ) -> Tensor<1> {
        head::masked_loss(hidden, parameters, labels, scale)
    }
}

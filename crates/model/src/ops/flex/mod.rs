//! The fused implementation for the pure-Rust CPU device, with its own forward and backward passes.
//!
//! Each operation is one node of burn's autodiff. It runs on all cores and gives the same bits for any number of threads.
#![expect(
    unsafe_code,
    reason = "`gemm` takes pointers, and heads write their columns of one matrix at the same time; both only in `matrix`"
)]

mod attention;
mod embeddings;
pub(crate) mod head;
pub(crate) mod layer;
mod matrix;
mod node;
pub(crate) mod pool;
mod rows;
mod vector;

use burn::tensor::Tensor;

use super::contract::{EmbeddingParameters, HeadParameters, LayerParameters, Operations};
use super::dropout::Dropout;
use crate::input::ModelInput;
use crate::rows::Rows;

/// The fused operations of the pure-Rust CPU device.
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
        layer::encoder_layer(hidden, parameters, input, rows, dropout)
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

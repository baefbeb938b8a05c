//! The few large operations that a step consists of, behind one trait, so that a device can have bodies of its own.
//!
//! [`plain`] is written in burn's operations, serves every device, and is what the others are held against. [`flex`] has
//! forward and backward passes of its own for the pure-Rust CPU device, [`libtorch`] takes LibTorch's own operations.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width, `i` width inside the feed-forward, `v` pieces of the
//! vocabulary, `m` masked positions of the batch.

#[cfg(any(feature = "flex", feature = "tch"))]
mod arguments;
mod dropout;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "tch")]
mod libtorch;
#[cfg(any(feature = "flex", feature = "tch"))]
mod node;
mod plain;
mod precision;

use burn::tensor::{Device, Tensor};
#[cfg(feature = "flex")]
use device::is_flex;
#[cfg(feature = "tch")]
use device::{is_libtorch, libtorch_device};

use crate::config::BertConfig;
use crate::input::ModelInput;
use crate::rows::Rows;

pub(crate) use dropout::{Dropout, Place, Site};
pub(crate) use plain::{Padding, cross_entropy, masked_logits};
pub use precision::Precision;

/// `y = x · weight + bias`: `[d_in, d_out]`, `[d_out]`.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    pub(crate) weight: Tensor<2>,
    pub(crate) bias: Tensor<1>,
}

/// Zero mean and unit variance over the last dimension, then `· weight + bias`, both `[h]`.
#[derive(Clone, Debug)]
pub(crate) struct Norm {
    pub(crate) weight: Tensor<1>,
    pub(crate) bias: Tensor<1>,
    /// ε under the root.
    pub(crate) eps: f64,
}

/// The embeddings' parameters.
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

/// An encoder layer's parameters.
#[derive(Clone, Debug)]
pub(crate) struct LayerParameters {
    pub(crate) query: Affine,
    pub(crate) key: Affine,
    pub(crate) value: Affine,
    pub(crate) output: Affine,
    pub(crate) attention_norm: Norm,
    pub(crate) expand: Affine,
    pub(crate) contract: Affine,
    pub(crate) norm: Norm,
    pub(crate) n_heads: usize,
    /// From 0.
    pub(crate) number: usize,
}

/// The masked head's parameters.
#[derive(Clone, Debug)]
pub(crate) struct HeadParameters {
    pub(crate) dense: Affine,
    pub(crate) norm: Norm,
    /// `[v, h]`, the word embeddings.
    pub(crate) word: Tensor<2>,
    /// `[v]`.
    pub(crate) bias: Tensor<1>,
}

/// What a device can have a body of its own for. Examples lie end to end; no operation but attention sees where one
/// ends.
pub(crate) trait Operations {
    /// `dropout(norm(word + position + segment))`, `[t, h]`.
    fn embeddings(
        &self,
        parameters: EmbeddingParameters,
        input: &ModelInput,
        dropout: &Dropout,
    ) -> Tensor<2>;

    /// A post-norm layer, `[t, h]` to the rows of `[t, h]` that are asked for: attention within each example with dropout on
    /// its shares, then feed-forward, each followed by dropout, residual and norm (method §4).
    fn encoder_layer(
        &self,
        hidden: Tensor<2>,
        parameters: LayerParameters,
        input: &ModelInput,
        rows: &Rows,
        dropout: &Dropout,
    ) -> Tensor<2>;

    /// `scale` times the sum of the masked positions' cross-entropies, in nats: hidden states `[m, h]` and `m` labels to
    /// `[1]`.
    fn masked_loss(
        &self,
        hidden: Tensor<2>,
        parameters: HeadParameters,
        labels: &[i32],
        scale: f64,
    ) -> Tensor<1>;
}

/// Which bodies a model takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bodies {
    /// The device's own where it has some.
    #[default]
    Native,
    /// burn's operations one by one.
    Plain,
}

/// The operations of a device, which has this precision.
pub(crate) fn operations(
    bodies: Bodies,
    precision: Precision,
    device: &Device,
) -> &'static dyn Operations {
    match bodies {
        #[cfg(feature = "flex")]
        Bodies::Native if is_flex(device) => &flex::Flex,
        #[cfg(feature = "tch")]
        Bodies::Native if is_libtorch(device) => match precision {
            Precision::F32 => &libtorch::F32,
            Precision::Bf16 => &libtorch::BF16,
        },
        _ => {
            let _ = (precision, device);
            &plain::Plain
        }
    }
}

/// Why a GPU takes LibTorch's operations in bf16 where it could take kernels of its own; `None` where it takes those, and on
/// other devices.
pub(crate) fn lack_of_kernels(device: &Device, config: &BertConfig) -> Option<String> {
    #[cfg(feature = "tch")]
    if let Some(place) = libtorch_device(device)
        && place.is_cuda()
    {
        return libtorch::lack_of_kernels(place, config);
    }
    let _ = (device, config);
    None
}

//! The parameters of the word, position and segment embeddings, and of the norm of their sum.
//!
//! Dimensions: `h` hidden width, `v` pieces of the vocabulary.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use crate::config::BertConfig;
use crate::layers::{LayerNorm, zeros};
use crate::ops::contract::EmbeddingParameters;

/// The three tables, and the norm of their sum.
#[derive(Module, Debug)]
pub(crate) struct Embeddings {
    /// `[v, h]`. The decoder of the masked head is tied to it.
    word: Param<Tensor<2>>,
    /// `[positions, h]`.
    position: Param<Tensor<2>>,
    /// `[segments, h]`.
    segment: Param<Tensor<2>>,
    norm: LayerNorm,
}

impl Embeddings {
    pub(crate) fn zeros(config: &BertConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        Self {
            word: zeros([config.vocab_size, width], device),
            position: zeros([config.max_position_embeddings, width], device),
            segment: zeros([config.type_vocab_size, width], device),
            norm: LayerNorm::zeros(width, config.layer_norm_eps, device),
        }
    }

    /// Returns the word embeddings, `[v, h]`.
    pub(crate) fn word(&self) -> Tensor<2> {
        self.word.val()
    }

    /// Returns the values of the parameters.
    pub(crate) fn values(&self) -> EmbeddingParameters {
        EmbeddingParameters {
            word: self.word.val(),
            position: self.position.val(),
            segment: self.segment.val(),
            norm: self.norm.values(),
        }
    }
}

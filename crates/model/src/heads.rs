//! The two heads of pre-training: the masked pieces, and the order of the two texts.
//!
//! Dimensions: `h` hidden width, `v` pieces of the vocabulary.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use crate::config::BertConfig;
use crate::layers::{LayerNorm, Linear, zeros};
use crate::ops::HeadParameters;

/// Dense, GELU, layer norm, and a decoder tied to the word embeddings with a bias of its own.
#[derive(Module, Debug)]
pub(crate) struct MaskedHead {
    dense: Linear,
    norm: LayerNorm,
    /// `[v]`.
    bias: Param<Tensor<1>>,
}

impl MaskedHead {
    pub(crate) fn zeros(config: &BertConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        Self {
            dense: Linear::zeros(width, width, device),
            norm: LayerNorm::zeros(width, config.layer_norm_eps, device),
            bias: zeros([config.vocab_size], device),
        }
    }

    /// Its parameters' values, with the word embeddings `[v, h]`.
    pub(crate) fn values(&self, word: Tensor<2>) -> HeadParameters {
        HeadParameters {
            dense: self.dense.values(),
            norm: self.norm.values(),
            word,
            bias: self.bias.val(),
        }
    }
}

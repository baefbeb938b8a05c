//! The parameters of the masked head, which predicts the original pieces.
//!
//! Dimensions: `h` hidden width, `v` pieces of the vocabulary.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use crate::config::BertConfig;
use crate::layers::{LayerNorm, Linear, zeros};
use crate::ops::contract::HeadParameters;

/// Dense, GELU, layer norm, and a decoder that is tied to the word embeddings and has its own bias.
#[derive(Module, Debug)]
pub(crate) struct MaskedHead {
    /// `[h, h]`.
    dense: Linear,
    norm: LayerNorm,
    /// The bias of the decoder, `[v]`.
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

    /// Returns the values of the parameters, with the word embeddings `[v, h]` as the decoder's weight.
    pub(crate) fn values(&self, word: Tensor<2>) -> HeadParameters {
        HeadParameters {
            dense: self.dense.values(),
            norm: self.norm.values(),
            word,
            decoder_bias: self.bias.val(),
        }
    }
}

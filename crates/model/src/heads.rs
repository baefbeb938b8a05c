//! The two heads of pre-training: the masked pieces, and the order of the two texts.
//!
//! Dimensions: `m` masked positions of the batch, `h` hidden width, `v` pieces of the vocabulary.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use crate::config::BertConfig;
use crate::layers::{LayerNorm, Linear, zeros};
use crate::ops;

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

    /// # Shapes
    ///
    /// Hidden states at the masked positions `[m, h]` and the word embeddings `[v, h]` to logits `[m, v]`.
    pub(crate) fn forward(&self, hidden: Tensor<2>, word: Tensor<2>) -> Tensor<2> {
        let hidden = self.norm.forward(ops::gelu(self.dense.forward(hidden)));
        hidden.matmul(word.transpose()) + self.bias.val().unsqueeze::<2>()
    }
}

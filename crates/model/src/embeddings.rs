//! Word, position and segment embeddings, summed and normalised.
//!
//! Dimensions: `b` examples, `s` positions, `h` hidden width, `v` pieces of the vocabulary.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, module::embedding};

use crate::config::BertConfig;
use crate::input::ModelInput;
use crate::layers::{LayerNorm, zeros};
use crate::ops::Dropout;

/// The three tables and the norm behind them.
#[derive(Module, Debug)]
pub(crate) struct Embeddings {
    /// `[v, h]`, tied to the masked head's decoder.
    pub(crate) word: Param<Tensor<2>>,
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

    /// # Shapes
    ///
    /// Ids and segments `[b, s]` to `[b, s, h]`.
    pub(crate) fn forward(&self, input: &ModelInput, dropout: &Dropout) -> Tensor<3> {
        let [_, s] = input.dims();
        let words = embedding(self.word.val(), input.input_ids.clone()); // [b, s, h]
        let segments = embedding(self.segment.val(), input.segment_ids.clone()); // [b, s, h]
        let positions = self.position.val().narrow(0, 0, s).unsqueeze::<3>(); // [1, s, h]
        dropout.hidden(self.norm.forward(words + segments + positions))
    }
}

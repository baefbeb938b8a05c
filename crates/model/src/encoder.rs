//! The post-norm encoder: attention and feed-forward, each followed by dropout, residual and norm.
//!
//! Dimensions: `b` examples, `s` positions, `h` hidden width, `i` width inside the feed-forward.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::config::BertConfig;
use crate::layers::{LayerNorm, Linear};
use crate::ops::{self, AttentionInput, Dropout};

/// All layers.
#[derive(Module, Debug)]
pub(crate) struct Encoder {
    pub(crate) layers: Vec<EncoderLayer>,
}

/// One layer.
#[derive(Module, Debug)]
pub(crate) struct EncoderLayer {
    attention: Attention,
    /// `[h, i]`.
    expand: Linear,
    /// `[i, h]`.
    contract: Linear,
    norm: LayerNorm,
}

/// Self-attention over all positions that are no padding.
#[derive(Module, Debug)]
pub(crate) struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    norm: LayerNorm,
    #[module(skip)]
    n_heads: usize,
}

impl Encoder {
    pub(crate) fn zeros(config: &BertConfig, device: &Device) -> Self {
        let layers = (0..config.num_hidden_layers)
            .map(|_| EncoderLayer::zeros(config, device))
            .collect();
        Self { layers }
    }
}

impl EncoderLayer {
    fn zeros(config: &BertConfig, device: &Device) -> Self {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        Self {
            attention: Attention::zeros(config, device),
            expand: Linear::zeros(width, inner, device),
            contract: Linear::zeros(inner, width, device),
            norm: LayerNorm::zeros(width, config.layer_norm_eps, device),
        }
    }

    /// # Shapes
    ///
    /// Hidden states `[b, s, h]` to `[b, s, h]`; `key_bias` `[b, 1, 1, s]`.
    pub(crate) fn forward(
        &self,
        hidden: Tensor<3>,
        key_bias: Option<Tensor<4>>,
        dropout: &Dropout,
    ) -> Tensor<3> {
        let hidden = self.attention.forward(hidden, key_bias, dropout);
        let inner = ops::gelu(self.expand.forward(hidden.clone())); // [b, s, i]
        let output = self.contract.forward(inner); // [b, s, h]
        ops::residual_norm(output, hidden, &self.norm, dropout)
    }
}

impl Attention {
    fn zeros(config: &BertConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        let linear = || Linear::zeros(width, width, device);
        Self {
            query: linear(),
            key: linear(),
            value: linear(),
            output: linear(),
            norm: LayerNorm::zeros(width, config.layer_norm_eps, device),
            n_heads: config.num_attention_heads,
        }
    }

    /// # Shapes
    ///
    /// Hidden states `[b, s, h]` to `[b, s, h]`; `key_bias` `[b, 1, 1, s]`.
    fn forward(
        &self,
        hidden: Tensor<3>,
        key_bias: Option<Tensor<4>>,
        dropout: &Dropout,
    ) -> Tensor<3> {
        let context = ops::attention(
            AttentionInput {
                query: self.query.forward(hidden.clone()),
                key: self.key.forward(hidden.clone()),
                value: self.value.forward(hidden.clone()),
                key_bias,
                n_heads: self.n_heads,
            },
            dropout,
        );
        ops::residual_norm(self.output.forward(context), hidden, &self.norm, dropout)
    }
}

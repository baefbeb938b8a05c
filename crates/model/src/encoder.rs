//! The parameters of the post-norm encoder: attention and feed-forward, each followed by dropout, residual and norm.
//!
//! Dimensions: `h` hidden width, `i` inner width of the feed-forward.

use burn::module::Module;
use burn::tensor::Device;

use crate::config::BertConfig;
use crate::layers::{LayerNorm, Linear};
use crate::ops::contract::LayerParameters;

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

/// Self-attention over all positions of an example, without padding. The matrices are `[h, h]`.
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

    /// Returns the values of the parameters. `layer_index` is the layer's index in the encoder, from 0.
    pub(crate) fn values(&self, layer_index: usize) -> LayerParameters {
        LayerParameters {
            query: self.attention.query.values(),
            key: self.attention.key.values(),
            value: self.attention.value.values(),
            output: self.attention.output.values(),
            attention_norm: self.attention.norm.values(),
            expand: self.expand.values(),
            contract: self.contract.values(),
            norm: self.norm.values(),
            n_heads: self.attention.n_heads,
            layer_index,
        }
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
}

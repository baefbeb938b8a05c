//! BERT with the heads of pre-training, as Hugging Face's `BertForPreTraining`.
//!
//! Dimensions: `b` examples, `s` positions, `h` hidden width, `m` masked positions of the batch, `v` pieces.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::config::BertConfig;
use crate::embeddings::Embeddings;
use crate::encoder::Encoder;
use crate::error::ModelError;
use crate::heads::MaskedHead;
use crate::initialise::initial_values;
use crate::input::ModelInput;
use crate::layers::Linear;
use crate::ops::Dropout;
use crate::parameters::fill;

/// BERT unchanged (`method.md` §4): embeddings, post-norm encoder, tanh pooler, masked head, order head.
#[derive(Module, Debug)]
pub struct BertForPreTraining {
    embeddings: Embeddings,
    encoder: Encoder,
    /// `[h, h]`.
    pooler: Linear,
    masked_head: MaskedHead,
    /// `[h, 2]`.
    order_head: Linear,
    #[module(skip)]
    config: BertConfig,
}

/// What the heads say.
#[derive(Clone, Debug)]
pub struct Output {
    /// Logits at the masked positions, `[m, v]`; `None` where the batch has none.
    pub masked_logits: Option<Tensor<2>>,
    /// Logits of "in order" and "swapped", `[b, 2]`.
    pub order_logits: Tensor<2>,
}

/// The hidden states on the way, for tests and for looking inside.
#[derive(Clone, Debug)]
pub struct HiddenStates {
    /// After the embeddings' norm, `[b, s, h]`.
    pub embeddings: Tensor<3>,
    /// After each layer, `[b, s, h]`.
    pub layers: Vec<Tensor<3>>,
    /// The first position after the pooler, `[b, h]`.
    pub pooled: Tensor<2>,
}

impl BertForPreTraining {
    /// A model with fresh weights, drawn from `seed`: the same bits on every device.
    pub fn new(config: &BertConfig, device: &Device, seed: u64) -> Result<Self, ModelError> {
        config.check()?;
        let model = Self::zeros(config, device);
        fill(model, device, &mut |name, shape| {
            Ok(initial_values(name, shape, config.initializer_range, seed))
        })
    }

    /// A model whose parameters wait for their values. The config is a checked one.
    pub(crate) fn zeros(config: &BertConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        Self {
            embeddings: Embeddings::zeros(config, device),
            encoder: Encoder::zeros(config, device),
            pooler: Linear::zeros(width, width, device),
            masked_head: MaskedHead::zeros(config, device),
            order_head: Linear::zeros(width, 2, device),
            config: config.clone(),
        }
    }

    /// The sizes that this model was made with.
    pub fn config(&self) -> &BertConfig {
        &self.config
    }

    /// The same model with other dropout rates, each in `[0, 1)`: of hidden states, and of the attention's shares.
    #[must_use]
    pub fn with_dropout(mut self, hidden: f64, attention: f64) -> Self {
        self.config.hidden_dropout_prob = hidden;
        self.config.attention_probs_dropout_prob = attention;
        self
    }

    /// The device that the parameters are on.
    pub fn device(&self) -> Device {
        self.embeddings.word.val().device()
    }

    /// Logits of both heads.
    ///
    /// `masked_indices` are the masked positions in the flattened batch, `example · s + position`: the masked
    /// head sees no others (`method.md` §4). Dropout is on where the model is on an autodiff device.
    ///
    /// # Shapes
    ///
    /// Ids `[b, s]` and `m` indices to `[m, v]` and `[b, 2]`.
    pub fn forward(&self, input: &ModelInput, masked_indices: &[i32]) -> Output {
        let dropout = self.dropout(input);
        let mut hidden = self.embeddings.forward(input, &dropout);
        for layer in &self.encoder.layers {
            hidden = layer.forward(hidden, input.key_bias.clone(), &dropout);
        }
        let order_logits = self.order_head.forward(self.pool(hidden.clone()));
        Output {
            masked_logits: self.masked_logits(hidden, masked_indices),
            order_logits,
        }
    }

    /// The hidden states of every layer.
    ///
    /// # Shapes
    ///
    /// Ids `[b, s]` to states `[b, s, h]`.
    pub fn encode(&self, input: &ModelInput) -> HiddenStates {
        let dropout = self.dropout(input);
        let embeddings = self.embeddings.forward(input, &dropout);
        let mut hidden = embeddings.clone();
        let mut layers = Vec::with_capacity(self.encoder.layers.len());
        for layer in &self.encoder.layers {
            hidden = layer.forward(hidden, input.key_bias.clone(), &dropout);
            layers.push(hidden.clone());
        }
        HiddenStates {
            embeddings,
            layers,
            pooled: self.pool(hidden),
        }
    }

    /// `[b, s, h]` to `[b, h]`: the first position, `[CLS]`, through dense and tanh.
    fn pool(&self, hidden: Tensor<3>) -> Tensor<2> {
        let [b, _, h] = hidden.dims();
        let first = hidden.slice([0..b, 0..1]).reshape([b, h]); // [b, 1, h] to [b, h]
        self.pooler.forward(first).tanh()
    }

    /// `[b, s, h]` to `[m, v]`.
    fn masked_logits(&self, hidden: Tensor<3>, masked_indices: &[i32]) -> Option<Tensor<2>> {
        if masked_indices.is_empty() {
            return None;
        }
        let [b, s, h] = hidden.dims();
        let rows = hidden.reshape([b * s, h]); // [b, s, h] to [b·s, h]
        let indices = TensorData::new(masked_indices.to_vec(), [masked_indices.len()]);
        let indices: Tensor<1, Int> = Tensor::from_data(indices, &rows.device());
        let masked = rows.select(0, indices); // [m, h]
        Some(self.masked_head.forward(masked, self.embeddings.word.val()))
    }

    fn dropout(&self, input: &ModelInput) -> Dropout {
        Dropout::new(&self.config, input.dropout_seed, &self.device())
    }
}

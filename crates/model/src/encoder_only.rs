//! BERT without heads: embeddings, encoder and pooler.
//!
//! Dimensions: `b` examples, `s` positions of an example in the padded batch, `t` pieces of all examples, `h` hidden width,
//! `m` positions that a head reads.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, FloatDType, Tensor};
use device::{integers, is_flex};

use crate::config::{BertConfig, Untrained};
use crate::embeddings::Embeddings;
use crate::encoder::Encoder;
use crate::error::ModelError;
use crate::input::ModelInput;
use crate::layers::Linear;
use crate::ops::contract::Operations;
use crate::ops::dispatch::{missing_kernels, operations};
use crate::ops::dropout::{Dropout, Place, Site};
use crate::ops::implementation::Implementation;
use crate::ops::precision::Precision;
use crate::rows::Rows;

/// BERT without heads (method §4): embeddings, post-norm encoder and tanh pooler.
///
/// The heads of this crate call `forward` for hidden states. Other code calls [`Bert::encode`].
#[derive(Module, Debug)]
pub struct Bert {
    embeddings: Embeddings,
    encoder: Encoder,
    /// `[h, h]`.
    pooler: Linear,
    #[module(skip)]
    config: BertConfig,
    #[module(skip)]
    implementation: Implementation,
    #[module(skip)]
    precision: Precision,
}

/// The hidden states of the last layer that a head reads.
#[derive(Clone, Debug)]
pub(crate) struct LastHidden {
    /// At the positions that were asked for, `[m, h]`; `None` if there are none.
    pub(crate) at_positions: Option<Tensor<2>>,
    /// At the first piece of each example, `[CLS]`, `[b, h]`.
    pub(crate) first: Tensor<2>,
}

/// The hidden states of every layer, for tests and for inspection.
#[derive(Clone, Debug)]
pub struct HiddenStates {
    /// After the norm of the embeddings, `[t, h]`.
    pub embeddings: Tensor<2>,
    /// After each layer, `[t, h]`.
    pub layers: Vec<Tensor<2>>,
    /// The first piece of each example after the pooler, `[b, h]`.
    pub pooled: Tensor<2>,
}

impl Bert {
    /// Makes a model with all parameters 0; the caller fills them in. The config must have passed
    /// [`BertConfig::check`].
    pub(crate) fn zeros(config: &BertConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        Self {
            embeddings: Embeddings::zeros(config, device),
            encoder: Encoder::zeros(config, device),
            pooler: Linear::zeros(width, width, device),
            config: config.clone(),
            implementation: Implementation::default(),
            precision: Precision::default(),
        }
    }

    /// Returns the sizes of the model, and its dropout rates.
    pub(crate) fn config(&self) -> &BertConfig {
        &self.config
    }

    /// Returns the device that the parameters are on.
    pub(crate) fn device(&self) -> Device {
        self.embeddings.word().device()
    }

    /// Returns the word embeddings, `[v, h]`.
    pub(crate) fn word_embeddings(&self) -> Tensor<2> {
        self.embeddings.word()
    }

    /// Changes the dropout rates, each in `[0, 1)`: of hidden states, and of attention probabilities.
    #[must_use]
    pub(crate) fn with_dropout(mut self, hidden: f64, attention: f64) -> Self {
        self.config.hidden_dropout_prob = hidden;
        self.config.attention_probs_dropout_prob = attention;
        self
    }

    /// Takes the dropout rate of hidden states for the dropout before a task's head, too.
    #[must_use]
    pub(crate) fn without_classifier_dropout(mut self) -> Self {
        self.config.classifier_dropout = None;
        self
    }

    /// Changes the list of parameters that are not trained.
    #[must_use]
    pub(crate) fn with_untrained(mut self, untrained: BTreeMap<String, Untrained>) -> Self {
        self.config.untrained_parameters = untrained;
        self
    }

    /// Changes the implementation of the operations.
    #[must_use]
    pub(crate) const fn with_implementation(mut self, implementation: Implementation) -> Self {
        self.implementation = implementation;
        self
    }

    /// Changes the precision of training. Fails if the implementation does not support the precision on this device.
    pub(crate) fn with_precision(mut self, precision: Precision) -> Result<Self, ModelError> {
        if !precision.is_supported_by(self.implementation, &self.device()) {
            return Err(ModelError::NoBf16);
        }
        self.precision = precision;
        Ok(self)
    }

    /// Returns the reason why training is slower than this device allows; `None` if training is not slower.
    pub(crate) fn missing_kernels(&self) -> Option<String> {
        let is_wanted =
            self.implementation == Implementation::Fused && self.precision == Precision::Bf16;
        is_wanted
            .then(|| missing_kernels(&self.device(), &self.config))
            .flatten()
    }

    /// Returns the operations that this model runs, so that a head can run the same implementation.
    pub(crate) fn operations(&self) -> &'static dyn Operations {
        operations(self.implementation, self.precision, &self.device())
    }

    /// Computes the hidden states of the last layer that a head reads.
    ///
    /// `padded_indices` are the positions that the head reads in addition to each example's first piece, as indices
    /// into the flattened padded batch, `example · s + position`. A fused last layer computes only the rows that are
    /// read.
    pub(crate) fn forward(&self, input: &ModelInput, padded_indices: &[i32]) -> LastHidden {
        let layout = &input.layout;
        let rows = match self.implementation {
            Implementation::Fused => Rows::read_by_heads(layout, padded_indices),
            Implementation::Reference => Rows::default(), // all rows: tests compare fused layers with complete ones
        };
        let mut last = None;
        self.run(input, &rows, |hidden| last = Some(hidden.clone()));
        let last = last.expect("a checked config has layers");
        let asked = padded_indices
            .iter()
            .map(|index| layout.row(*index as usize));
        let first = layout.first_rows().iter().copied();
        let index_of = |row| rows.index_of(row);
        LastHidden {
            at_positions: (!padded_indices.is_empty())
                .then(|| selected(last.clone(), asked.map(index_of))),
            first: selected(last, first.map(index_of)),
        }
    }

    /// Computes the hidden states of every layer.
    pub fn encode(&self, input: &ModelInput) -> HiddenStates {
        let mut layers = Vec::with_capacity(self.encoder.layers.len());
        let all = Rows::default();
        let embeddings = self.run(input, &all, |hidden| layers.push(hidden.clone()));
        let last = layers.last().unwrap_or(&embeddings).clone();
        HiddenStates {
            pooled: self.pool(selected(last, input.layout.first_rows().iter().copied())),
            embeddings,
            layers,
        }
    }

    /// Passes each example's first piece through dense and tanh, `[b, h]` to `[b, h]` in f32.
    pub(crate) fn pool(&self, first: Tensor<2>) -> Tensor<2> {
        // Hidden states may be bf16 during training.
        self.pooler.forward(first.cast(FloatDType::F32)).tanh()
    }

    /// Runs all layers; the last layer computes only `last_rows`. Calls `each` with the output of each layer, `[t, h]`
    /// or `[r, h]`, and returns the embeddings, `[t, h]`.
    fn run(
        &self,
        input: &ModelInput,
        last_rows: &Rows,
        mut each: impl FnMut(&Tensor<2>),
    ) -> Tensor<2> {
        assert!(
            !input.layout.has_padding_rows() || self.implementation == Implementation::Reference,
            "only the reference computes padding"
        );
        let (operations, dropout) = (self.operations(), self.seeded_dropout(input));
        let embeddings = operations.embeddings(self.embeddings.values(), input, &dropout);
        let mut hidden = embeddings.clone();
        let (all, n_layers) = (Rows::default(), self.encoder.layers.len());
        for (index, layer) in self.encoder.layers.iter().enumerate() {
            let rows = if index + 1 == n_layers {
                last_rows
            } else {
                &all
            };
            hidden = operations.encoder_layer(hidden, layer.values(index), input, rows, &dropout);
            each(&hidden);
        }
        embeddings
    }

    /// Returns the dropout before a task's head. It is drawn after the forward pass, which seeds the device's generator.
    pub(crate) fn head_dropout(&self, input: &ModelInput) -> Site {
        let is_on = self.device().is_autodiff();
        let rate = if is_on { self.head_rate() } else { 0.0 };
        Dropout::new(rate, 0.0, input.dropout_seed).at(Place::Head)
    }

    fn head_rate(&self) -> f64 {
        let rate = self.config.classifier_dropout;
        rate.unwrap_or(self.config.hidden_dropout_prob)
    }

    /// Returns the dropout of a forward pass, and seeds the device's generator if the device draws from one. Dropout is on
    /// only if a backward pass can follow: on an autodiff device.
    fn seeded_dropout(&self, input: &ModelInput) -> Dropout {
        let device = self.device();
        if !device.is_autodiff() {
            return Dropout::NONE;
        }
        let dropout = Dropout::new(
            self.config.hidden_dropout_prob,
            self.config.attention_probs_dropout_prob,
            input.dropout_seed,
        );
        let is_drawn = dropout.is_on() || self.head_rate() > 0.0;
        if is_drawn && !is_flex(&device) {
            device.seed(input.dropout_seed);
        }
        dropout
    }
}

/// Selects rows, `[t, h]` to `[m, h]`.
fn selected(hidden: Tensor<2>, rows: impl Iterator<Item = usize>) -> Tensor<2> {
    let rows: Vec<i32> = rows.map(|row| row as i32).collect();
    let rows = integers(&rows, &hidden.device());
    hidden.select(0, rows)
}

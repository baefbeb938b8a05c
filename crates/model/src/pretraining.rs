//! BERT with the heads of pre-training, like Hugging Face's `BertForPreTraining`.
//!
//! Dimensions: `b` examples, `s` positions of an example in the padded batch, `t` pieces of all examples, `h` hidden width,
//! `m` masked positions of the batch, `v` pieces of the vocabulary.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::config::{BertConfig, Untrained};
use crate::encoder_only::Bert;
use crate::error::ModelError;
use crate::initialise::initial_values;
use crate::input::ModelInput;
use crate::layers::Linear;
use crate::loss::{Labelled, Labels, Loss, order_cross_entropy};
use crate::masked_head::MaskedHead;
use crate::names::hugging_face_name;
use crate::ops::contract::HeadParameters;
use crate::ops::implementation::Implementation;
use crate::ops::precision::Precision;
use crate::ops::reference::masked_logits;
use crate::parameters::{Named, fill};

/// BERT unchanged (method §4), with the masked head and the order head.
#[derive(Module, Debug)]
pub struct BertForPreTraining {
    bert: Bert,
    masked_head: MaskedHead,
    /// `[h, 2]`.
    order_head: Linear,
}

/// The logits of both heads.
#[derive(Clone, Debug)]
pub struct Output {
    /// Logits at the masked positions, `[m, v]`; `None` if the batch has none.
    pub masked_logits: Option<Tensor<2>>,
    /// Logits of "in order" and "swapped", `[b, 2]`.
    pub order_logits: Tensor<2>,
}

impl Named for BertForPreTraining {
    fn hugging_face_name(path: &str) -> Option<String> {
        hugging_face_name(path)
    }
}

impl BertForPreTraining {
    /// Makes a model with new weights, drawn from `seed`. They have the same bits on every device.
    pub fn new(config: &BertConfig, device: &Device, seed: u64) -> Result<Self, ModelError> {
        config.check()?;
        let model = Self::zeros(config, device);
        let mut untrained = BTreeMap::new();
        let model = fill(model, device, &mut |name, shape| {
            untrained.insert(name.to_owned(), Untrained::InitialValues);
            Ok(initial_values(name, shape, config.initializer_range, seed))
        })?;
        Ok(model.with_untrained(untrained))
    }

    /// Makes a model with all parameters 0; the caller fills them in. The config must have passed
    /// [`BertConfig::check`].
    pub(crate) fn zeros(config: &BertConfig, device: &Device) -> Self {
        Self {
            bert: Bert::zeros(config, device),
            masked_head: MaskedHead::zeros(config, device),
            order_head: Linear::zeros(config.hidden_size, 2, device),
        }
    }

    /// Returns the model without its heads.
    pub fn bert(&self) -> &Bert {
        &self.bert
    }

    /// Returns the sizes of the model, and its dropout rates.
    pub fn config(&self) -> &BertConfig {
        self.bert.config()
    }

    /// Changes the dropout rates, each in `[0, 1)`: of hidden states, and of attention probabilities.
    #[must_use]
    pub fn with_dropout(mut self, hidden: f64, attention: f64) -> Self {
        self.bert = self.bert.with_dropout(hidden, attention);
        self
    }

    /// Changes the list of parameters that are not trained, which is written into `config.json`
    /// ([`BertConfig::untrained_parameters`]).
    #[must_use]
    pub fn with_untrained(mut self, untrained: BTreeMap<String, Untrained>) -> Self {
        self.bert = self.bert.with_untrained(untrained);
        self
    }

    /// Returns the device that the parameters are on.
    pub fn device(&self) -> Device {
        self.bert.device()
    }

    /// Changes the implementation of the operations.
    #[must_use]
    pub fn with_implementation(mut self, implementation: Implementation) -> Self {
        self.bert = self.bert.with_implementation(implementation);
        self
    }

    /// Changes the precision of training. Fails if the implementation does not support the precision on this device.
    pub fn with_precision(mut self, precision: Precision) -> Result<Self, ModelError> {
        self.bert = self.bert.with_precision(precision)?;
        Ok(self)
    }

    /// Returns the reason why training is slower than this device allows; `None` if training is not slower.
    pub fn missing_kernels(&self) -> Option<String> {
        self.bert.missing_kernels()
    }

    /// Computes the logits of both heads. Dropout is on if the model is on an autodiff device.
    ///
    /// `masked_indices` are the masked positions as indices into the flattened padded batch, `example · s + position`.
    /// The masked head reads no other positions (method §4).
    ///
    /// # Shapes
    ///
    /// `t` pieces of `b` examples and `m` indices to `[m, v]` and `[b, 2]`.
    pub fn forward(&self, input: &ModelInput, masked_indices: &[i32]) -> Output {
        let last = self.bert.forward(input, masked_indices);
        Output {
            masked_logits: last
                .at_positions
                .map(|masked| masked_logits(masked, self.masked_head())),
            order_logits: self.order_logits(last.first),
        }
    }

    /// Computes a batch's part of the loss of its step. A fused implementation never has the logits of all masked positions
    /// in memory at the same time.
    ///
    /// Both sums are divided by the labels of the whole step (invariant 5 of `ARCHITECTURE.md`): the loss is a mean over all
    /// masked positions of the step, not a mean of means. A batch without masked positions has no masked part, and a
    /// batch without order labels has no order part: the pooler and the order head are then not computed.
    ///
    /// # Panics
    ///
    /// If labels and masked positions, or order labels and examples, differ in number.
    pub fn losses(&self, input: &ModelInput, labels: &Labels<'_>) -> Loss {
        assert_eq!(
            labels.masked_indices.len(),
            labels.masked.len(),
            "one label per masked position"
        );
        let last = self.bert.forward(input, labels.masked_indices);
        let masked = last.at_positions.map(|masked| {
            let scale = (labels.n_of_step as f64).recip();
            let operations = self.bert.operations();
            operations.masked_loss(masked, self.masked_head(), labels.masked, scale)
        });
        let has_order = labels.order.iter().any(|label| *label >= 0);
        let order = has_order.then(|| self.order_logits(last.first));
        let order = order.and_then(|logits| Labelled::of(&logits, labels.order));
        let order = order.map(
            |Labelled {
                 logits,
                 labels: found,
             }| {
                order_cross_entropy(&logits, &found).sum() / labels.n_order_of_step as f64
            },
        );
        Loss { masked, order }
    }

    /// Computes the order logits from each example's first piece, `[b, h]` to `[b, 2]`.
    fn order_logits(&self, first: Tensor<2>) -> Tensor<2> {
        self.order_head.forward(self.bert.pool(first))
    }

    fn masked_head(&self) -> HeadParameters {
        self.masked_head.values(self.bert.word_embeddings())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::{ParameterInfo, ParameterVisitor, visit_parameters};

    struct Count(usize);

    impl ParameterVisitor for Count {
        fn visit<const D: usize>(&mut self, _: &ParameterInfo, tensor: Tensor<D>) {
            self.0 += tensor.shape().num_elements();
        }
    }

    #[test]
    fn a_config_counts_the_parameters_of_its_model() {
        let config = BertConfig {
            num_attention_heads: 3,
            intermediate_size: 20,
            max_position_embeddings: 14,
            type_vocab_size: 3,
            ..BertConfig::new(40, 2, 12)
        };
        let model = BertForPreTraining::new(&config, &Device::default(), 1).expect("a model");
        let mut count = Count(0);
        visit_parameters(&model, &mut count).expect("all have names");
        assert_eq!(count.0, config.n_parameters());
    }
}

//! BERT with the head of a task, like Hugging Face's `BertForSequenceClassification`, `BertForQuestionAnswering`,
//! `BertForTokenClassification` and `BertForMaskedLM`.
//!
//! Padding is not computed. transformers' loss of span extraction has the logits of padding in its softmax, so it depends on
//! how far a batch is padded; here the softmax is over an example's own pieces.
//!
//! Dimensions: `b` examples, `t` pieces of all examples, `h` hidden width, `m` positions that are read, `n` labels, `v` pieces
//! of the vocabulary.

use burn::module::Module;
use burn::tensor::{Device, FloatDType, Tensor};

use crate::config::BertConfig;
use crate::encoder_only::Bert;
use crate::error::ModelError;
use crate::initialise::initial_values;
use crate::input::ModelInput;
use crate::layers::Linear;
use crate::masked_head::MaskedHead;
use crate::names::hugging_face_name;
use crate::ops::contract::HeadParameters;
use crate::ops::implementation::Implementation;
use crate::ops::precision::Precision;
use crate::ops::reference::dropout::drop_rows;
use crate::ops::reference::masked_logits;
use crate::parameters::{Named, fill};

/// The head of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskHead {
    /// A label for the whole input, from the pooler. The number of labels.
    Classes(usize),
    /// The first and the last piece of an answer.
    Span,
    /// A label for each position. The number of labels.
    Tags(usize),
    /// The right piece at each position, by the masked head.
    Spelling {
        /// Whether a second head says for each position if its piece is wrong.
        detection: bool,
    },
}

impl TaskHead {
    /// Returns the class that transformers loads such a model with.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Classes(_) => "BertForSequenceClassification",
            Self::Span => "BertForQuestionAnswering",
            Self::Tags(_) => "BertForTokenClassification",
            Self::Spelling { .. } => "BertForMaskedLM",
        }
    }

    /// Whether the head reads the pooler. transformers' classes have no pooler otherwise.
    pub(crate) const fn has_pooler(self) -> bool {
        matches!(self, Self::Classes(_))
    }
}

/// BERT with the head of a task.
#[derive(Module, Debug)]
pub struct BertForTask {
    bert: Bert,
    /// The head of [`TaskHead::Classes`] and [`TaskHead::Tags`], `[h, n]`.
    classifier: Option<Linear>,
    /// The head of [`TaskHead::Span`], `[h, 2]`.
    qa_outputs: Option<Linear>,
    /// The head of [`TaskHead::Spelling`].
    masked_head: Option<MaskedHead>,
    /// The second head of [`TaskHead::Spelling`], `[h, 1]`.
    detection: Option<Linear>,
    #[module(skip)]
    head: TaskHead,
}

/// The logits of a spelling corrector at the positions that were asked for.
#[derive(Clone, Debug)]
pub struct SpellingLogits {
    /// Of each piece of the vocabulary, `[m, v]`.
    pub pieces: Tensor<2>,
    /// Of "the piece is wrong", `[m, 1]`, if the model has a detection head.
    pub wrong: Option<Tensor<2>>,
}

impl Named for BertForTask {
    fn hugging_face_name(path: &str) -> Option<String> {
        hugging_face_name(path)
    }
}

impl BertForTask {
    /// Makes a model with new weights, drawn from `seed`. They have the same bits on every device.
    pub fn new(
        config: &BertConfig,
        head: TaskHead,
        device: &Device,
        seed: u64,
    ) -> Result<Self, ModelError> {
        config.check()?;
        fill(
            Self::zeros(config, head, device),
            device,
            &mut |name, shape| Ok(initial_values(name, shape, config.initializer_range, seed)),
        )
    }

    /// Makes a model with all parameters 0; the caller fills them in.
    pub(crate) fn zeros(config: &BertConfig, head: TaskHead, device: &Device) -> Self {
        let linear = |n| Linear::zeros(config.hidden_size, n, device);
        let is_spelling = matches!(head, TaskHead::Spelling { .. });
        Self {
            bert: Bert::zeros(config, device),
            classifier: match head {
                TaskHead::Classes(n) | TaskHead::Tags(n) => Some(linear(n)),
                _ => None,
            },
            qa_outputs: (head == TaskHead::Span).then(|| linear(2)),
            masked_head: is_spelling.then(|| MaskedHead::zeros(config, device)),
            detection: (head == TaskHead::Spelling { detection: true }).then(|| linear(1)),
            head,
        }
    }

    /// Returns the head.
    pub const fn head(&self) -> TaskHead {
        self.head
    }

    /// Returns the sizes of the model, and its dropout rates.
    pub fn config(&self) -> &BertConfig {
        self.bert.config()
    }

    /// Returns the device that the parameters are on.
    pub fn device(&self) -> Device {
        self.bert.device()
    }

    /// Changes the dropout rates, each in `[0, 1)`: of hidden states, which is also that before the head, and of attention
    /// probabilities.
    #[must_use]
    pub fn with_dropout(mut self, hidden: f64, attention: f64) -> Self {
        let bert = self.bert.with_dropout(hidden, attention);
        self.bert = bert.without_classifier_dropout();
        self
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

    /// Computes the logits of each example's label, `[b, n]`. The last layer computes only the first piece of each example.
    ///
    /// # Panics
    ///
    /// If the head is another.
    pub fn class_logits(&self, input: &ModelInput) -> Tensor<2> {
        let pooled = self.bert.pool(self.bert.forward(input, &[]).first);
        let head = self.classifier.as_ref().expect("a head with labels");
        head.forward(self.dropped(pooled, input, None))
    }

    /// Computes the logits of start and end at each piece, `[t, 2]`. There is no dropout before this head.
    ///
    /// # Panics
    ///
    /// If the head is another.
    pub fn span_logits(&self, input: &ModelInput) -> Tensor<2> {
        let all: Vec<i32> = input
            .layout
            .padded_indices()
            .map(|index| index as i32)
            .collect();
        let hidden = self.hidden_at(input, &all);
        let head = self.qa_outputs.as_ref().expect("a span head");
        head.forward(hidden)
    }

    /// Computes the logits of the labels at the given positions, `m` indices to `[m, n]`. The indices are those of the
    /// flattened padded batch, `example · s + position`.
    ///
    /// # Panics
    ///
    /// If the head is another, or if there are no positions.
    pub fn tag_logits(&self, input: &ModelInput, positions: &[i32]) -> Tensor<2> {
        let hidden = self.hidden_at(input, positions);
        let head = self.classifier.as_ref().expect("a head with labels");
        head.forward(self.dropped(hidden, input, Some(positions)))
    }

    /// Computes the logits of pieces at the given positions, and those of the detection head, which has no dropout.
    ///
    /// # Panics
    ///
    /// If the head is another, or if there are no positions.
    pub fn spelling_logits(&self, input: &ModelInput, positions: &[i32]) -> SpellingLogits {
        let hidden = self.hidden_at(input, positions);
        SpellingLogits {
            wrong: self.wrong_logits(hidden.clone()),
            pieces: masked_logits(hidden, self.masked_head_values()),
        }
    }

    /// Returns the hidden states of the last layer at positions, in f32, `[m, h]`.
    pub(crate) fn hidden_at(&self, input: &ModelInput, positions: &[i32]) -> Tensor<2> {
        let hidden = self.bert.forward(input, positions).at_positions;
        hidden.expect("a batch has positions").cast(FloatDType::F32)
    }

    /// Computes the loss of the masked head at `m` labelled positions with the operations of the model, `[m, h]` to `[1]`.
    pub(crate) fn masked_loss(&self, hidden: Tensor<2>, labels: &[i32], scale: f64) -> Tensor<1> {
        let operations = self.bert.operations();
        operations.masked_loss(hidden, self.masked_head_values(), labels, scale)
    }

    /// Returns the logits of the detection head, `[m, h]` to `[m, 1]`.
    pub(crate) fn wrong_logits(&self, hidden: Tensor<2>) -> Option<Tensor<2>> {
        self.detection.as_ref().map(|head| head.forward(hidden))
    }

    fn masked_head_values(&self) -> HeadParameters {
        let head = self.masked_head.as_ref().expect("a masked head");
        head.values(self.bert.word_embeddings())
    }

    /// Drops numbers before the head, as transformers does: with the rate `classifier_dropout`, or that of hidden states.
    fn dropped(&self, x: Tensor<2>, input: &ModelInput, positions: Option<&[i32]>) -> Tensor<2> {
        let rows: Option<Vec<u32>> = positions.map(|positions| {
            let row = |index: &i32| input.layout.row(*index as usize) as u32;
            positions.iter().map(row).collect()
        });
        drop_rows(x, self.bert.head_dropout(input), rows.as_deref())
    }
}

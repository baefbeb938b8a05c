//! BERT with the heads of pre-training, as Hugging Face's `BertForPreTraining`.
//!
//! Dimensions: `b` examples, `s` positions of the longest one, `t` pieces of all, `h` hidden width, `m` masked positions of
//! the batch, `v` pieces of the vocabulary.

use burn::module::Module;
use burn::tensor::{Device, FloatDType, Tensor};
use device::{integers, is_flex};

use crate::config::BertConfig;
use crate::embeddings::Embeddings;
use crate::encoder::Encoder;
use crate::error::ModelError;
use crate::heads::MaskedHead;
use crate::initialise::initial_values;
use crate::input::ModelInput;
use crate::layers::Linear;
use crate::loss::{Labels, Loss};
use crate::names::hugging_face_name;
use crate::ops::{
    Bodies, Dropout, HeadParameters, Operations, Precision, lack_of_kernels, masked_logits,
    operations,
};
use crate::parameters::{Named, fill};
use crate::rows::Rows;

/// BERT unchanged (method §4): embeddings, post-norm encoder, tanh pooler, masked head, order head.
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
    #[module(skip)]
    bodies: Bodies,
    #[module(skip)]
    precision: Precision,
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
    /// After the embeddings' norm, `[t, h]`.
    pub embeddings: Tensor<2>,
    /// After each layer, `[t, h]`.
    pub layers: Vec<Tensor<2>>,
    /// The first position after the pooler, `[b, h]`.
    pub pooled: Tensor<2>,
}

impl Named for BertForPreTraining {
    fn hugging_face_name(path: &str) -> Option<String> {
        hugging_face_name(path)
    }
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
            bodies: Bodies::Native,
            precision: Precision::F32,
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

    /// The same model with other bodies of its operations: what native ones are held against.
    #[must_use]
    pub const fn with_bodies(mut self, bodies: Bodies) -> Self {
        self.bodies = bodies;
        self
    }

    /// The same model with matrices multiplied in another precision while it is trained; refused where its device's
    /// operations do not have it.
    pub fn with_precision(mut self, precision: Precision) -> Result<Self, ModelError> {
        if !precision.is_had_by(self.bodies, &self.device()) {
            return Err(ModelError::NoBf16);
        }
        self.precision = precision;
        Ok(self)
    }

    /// Why this model's steps are slower than the device could have them; `None` where they are not.
    pub fn lack_of_kernels(&self) -> Option<String> {
        let wanted = self.bodies == Bodies::Native && self.precision == Precision::Bf16;
        wanted
            .then(|| lack_of_kernels(&self.device(), &self.config))
            .flatten()
    }

    /// Logits of both heads.
    ///
    /// `masked_indices` are the masked positions in the flattened padded batch, `example · s + position`: the masked
    /// head sees no others (method §4). Dropout is on where the model is on an autodiff device.
    ///
    /// # Shapes
    ///
    /// `t` pieces of `b` examples and `m` indices to `[m, v]` and `[b, 2]`.
    pub fn forward(&self, input: &ModelInput, masked_indices: &[i32]) -> Output {
        let read = self.read(input, masked_indices);
        Output {
            masked_logits: read
                .masked
                .map(|masked| masked_logits(masked, self.masked_head())),
            order_logits: self.order_logits(read.first),
        }
    }

    /// A batch's part of the loss of its step; where the device has operations of its own, the logits of all masked
    /// positions are never there at a time.
    ///
    /// Both sums are divided by the labels of the whole step (invariant 5 of `ARCHITECTURE.md`): a mean over all
    /// masked positions of the step, not a mean of means. A batch without masked positions, or an objective without
    /// order labels, adds 0.
    ///
    /// # Panics
    ///
    /// Panics where labels and positions, or order labels and examples, differ in number.
    pub fn losses(&self, input: &ModelInput, labels: &Labels<'_>) -> Loss {
        assert_eq!(
            labels.masked_indices.len(),
            labels.masked.len(),
            "one label a masked position"
        );
        let read = self.read(input, labels.masked_indices);
        let masked = read.masked.map(|masked| {
            let scale = (labels.n_of_step as f64).recip();
            let head = self.masked_head();
            self.operations()
                .masked_loss(masked, head, labels.masked, scale)
        });
        let order_logits = self.order_logits(read.first);
        Loss::of(masked, &order_logits, labels.order, labels.n_order_of_step)
    }

    /// The hidden states of every layer.
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

    /// The hidden states of the last layer where the heads read it.
    fn read(&self, input: &ModelInput, masked_indices: &[i32]) -> Read {
        let layout = &input.layout;
        let rows = match self.bodies {
            Bodies::Native => Rows::read_by_heads(layout, masked_indices),
            Bodies::Plain => Rows::default(), // all are made: it is what the others are held against
        };
        let mut last = None;
        self.run(input, &rows, |hidden| last = Some(hidden.clone()));
        let last = last.expect("a checked config has layers");
        let masked = masked_indices
            .iter()
            .map(|place| layout.row(*place as usize));
        let first = layout.first_rows().iter().copied();
        let at = |row| rows.place(row);
        Read {
            masked: (!masked_indices.is_empty()).then(|| selected(last.clone(), masked.map(at))),
            first: selected(last, first.map(at)),
        }
    }

    /// Runs all layers, the last for some rows, shows what each gives, `[t, h]`, and gives the embeddings, `[t, h]`.
    fn run(
        &self,
        input: &ModelInput,
        of_last: &Rows,
        mut each: impl FnMut(&Tensor<2>),
    ) -> Tensor<2> {
        let (operations, dropout) = (self.operations(), self.dropout(input));
        let embeddings = operations.embeddings(self.embeddings.values(), input, &dropout);
        let mut hidden = embeddings.clone();
        let (all, n_layers) = (Rows::default(), self.encoder.layers.len());
        for (number, layer) in self.encoder.layers.iter().enumerate() {
            let rows = if number + 1 == n_layers {
                of_last
            } else {
                &all
            };
            hidden = operations.encoder_layer(hidden, layer.values(number), input, rows, &dropout);
            each(&hidden);
        }
        embeddings
    }

    /// Each example's first piece, `[b, h]`, to `[b, 2]`.
    fn order_logits(&self, first: Tensor<2>) -> Tensor<2> {
        self.order_head.forward(self.pool(first))
    }

    /// Each example's first piece, `[CLS]`, through dense and tanh, `[b, h]`.
    fn pool(&self, first: Tensor<2>) -> Tensor<2> {
        // Hidden states may be bf16 while a model is trained.
        self.pooler.forward(first.cast(FloatDType::F32)).tanh()
    }

    fn masked_head(&self) -> HeadParameters {
        self.masked_head.values(self.embeddings.word.val())
    }

    fn operations(&self) -> &'static dyn Operations {
        operations(self.bodies, self.precision, &self.device())
    }

    /// Dropout is on only where a backward pass can follow: on an autodiff device.
    fn dropout(&self, input: &ModelInput) -> Dropout {
        let device = self.device();
        if !device.is_autodiff() {
            return Dropout::NONE;
        }
        let config = &self.config;
        let (hidden, shares) = (
            config.hidden_dropout_prob,
            config.attention_probs_dropout_prob,
        );
        let dropout = Dropout::new(hidden, shares, input.dropout_seed);
        if dropout.is_on() && !is_flex(&device) {
            // Masks of other devices are their own generators'.
            device.seed(input.dropout_seed);
        }
        dropout
    }
}

/// Hidden states of the last layer.
struct Read {
    /// At the masked positions, `[m, h]`; `None` where nothing is masked.
    masked: Option<Tensor<2>>,
    /// Each example's first piece, `[b, h]`.
    first: Tensor<2>,
}

/// Some rows, `[t, h]` to `[m, h]`.
fn selected(hidden: Tensor<2>, rows: impl Iterator<Item = usize>) -> Tensor<2> {
    let rows: Vec<i32> = rows.map(|row| row as i32).collect();
    let rows = integers(&rows, &hidden.device());
    hidden.select(0, rows)
}

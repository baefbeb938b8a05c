//! The sizes and rates of a model, with the names of Hugging Face's `config.json`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ModelError;

/// Where the values of a parameter come from that training has not changed.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Untrained {
    /// They are its initial values, drawn at random.
    InitialValues,
    /// They are those of the checkpoint that the last run started from.
    StartCheckpoint,
}

/// The sizes and rates of a BERT, named as in Hugging Face's `config.json`.
///
/// A file may have unknown keys, since published files carry many (`directionality`, `pooler_fc_size`, …).
/// [`BertConfig::check`] refuses every setting that this model does not implement.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct BertConfig {
    /// The class that transformers loads this folder with, always `BertForPreTraining`.
    #[serde(default = "architectures", skip_deserializing)]
    pub architectures: Vec<String>,
    /// Dropout rate of attention probabilities, `[0, 1)`.
    #[serde(default = "dropout")]
    pub attention_probs_dropout_prob: f64,
    /// Dropout rate before the head of a task, `[0, 1)`; if it is `None`, the rate of hidden states.
    #[serde(default)]
    pub classifier_dropout: Option<f64>,
    /// Element type of the written tensors, always `float32`.
    #[serde(default = "float32", skip_deserializing)]
    pub dtype: String,
    /// Activation function, always `gelu`: the exact form, with erf.
    #[serde(default = "gelu")]
    pub hidden_act: String,
    /// Dropout rate after the embeddings and after each sub-layer, `[0, 1)`.
    #[serde(default = "dropout")]
    pub hidden_dropout_prob: f64,
    /// Width of the hidden states; a multiple of `num_attention_heads`.
    pub hidden_size: usize,
    /// σ of the initial weights (method §4: 0.02).
    #[serde(default = "initializer_range")]
    pub initializer_range: f64,
    /// Inner width of the feed-forward sub-layer.
    pub intermediate_size: usize,
    /// ε under the root of every layer norm (method §4: 1e-12).
    #[serde(default = "layer_norm_eps")]
    pub layer_norm_eps: f64,
    /// Length of the longest sequence, in pieces, the three special tokens included.
    #[serde(default = "max_position_embeddings")]
    pub max_position_embeddings: usize,
    /// Always `bert`, so that transformers loads an exported folder with `BertTokenizer` and `BertModel`.
    #[serde(default = "bert")]
    pub model_type: String,
    /// Number of attention heads of a layer.
    pub num_attention_heads: usize,
    /// Number of encoder layers.
    pub num_hidden_layers: usize,
    /// Id of `[PAD]`.
    #[serde(default)]
    pub pad_token_id: usize,
    /// Kind of position embeddings, always `absolute`.
    #[serde(default = "absolute")]
    pub position_embedding_type: String,
    /// Number of segments: text A and text B.
    #[serde(default = "type_vocab_size")]
    pub type_vocab_size: usize,
    /// The parameters that the last run did not train, by name: the loss did not reach them (method §5). transformers has
    /// no such key and ignores it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub untrained_parameters: BTreeMap<String, Untrained>,
    /// Unused here. It is written because transformers writes it.
    #[serde(default = "use_cache")]
    pub use_cache: bool,
    /// Number of pieces in the vocabulary.
    pub vocab_size: usize,
}

impl BertConfig {
    /// Describes a BERT of the given sizes. Everything else is as in method §4, with 512 positions.
    ///
    /// The inner width of the feed-forward is four times the hidden width, and a head is 64 wide \[B\].
    pub fn new(vocab_size: usize, num_hidden_layers: usize, hidden_size: usize) -> Self {
        Self {
            architectures: architectures(),
            attention_probs_dropout_prob: dropout(),
            classifier_dropout: None,
            dtype: float32(),
            hidden_act: gelu(),
            hidden_dropout_prob: dropout(),
            hidden_size,
            initializer_range: initializer_range(),
            intermediate_size: 4 * hidden_size,
            layer_norm_eps: layer_norm_eps(),
            max_position_embeddings: max_position_embeddings(),
            model_type: bert(),
            num_attention_heads: (hidden_size / 64).max(1),
            num_hidden_layers,
            pad_token_id: 0,
            position_embedding_type: absolute(),
            type_vocab_size: type_vocab_size(),
            untrained_parameters: BTreeMap::new(),
            use_cache: use_cache(),
            vocab_size,
        }
    }

    /// Refuses sizes that are impossible, and settings that this model does not support.
    pub fn check(&self) -> Result<(), ModelError> {
        self.check_sizes()?;
        self.check_rates()?;
        for (key, found, expected) in [
            ("hidden_act", &self.hidden_act, "gelu"),
            (
                "position_embedding_type",
                &self.position_embedding_type,
                "absolute",
            ),
            ("model_type", &self.model_type, "bert"),
        ] {
            if found != expected {
                return Err(ModelError::config(
                    key,
                    format!("expected `{expected}`, found `{found}`"),
                ));
            }
        }
        Ok(())
    }

    /// Refuses a vocabulary or a length that does not fit the model's embedding tables. Rows beyond the vocabulary fit if they
    /// are padding; [`load`](crate::load) leaves them out.
    pub fn check_fits(&self, n_pieces: usize, max_length: usize) -> Result<(), ModelError> {
        check_rows(self.vocab_size, n_pieces)?;
        if max_length > self.max_position_embeddings {
            let what = format!(
                "the model has {} positions, but max_length is {max_length}",
                self.max_position_embeddings
            );
            return Err(ModelError::config("max_position_embeddings", what));
        }
        Ok(())
    }

    /// Counts the parameters of `BertForPreTraining`. The decoder's weight is tied to the word embeddings and counts once.
    pub fn n_parameters(&self) -> usize {
        let (h, i) = (self.hidden_size, self.intermediate_size);
        let linear = |d_in: usize, d_out: usize| d_in * d_out + d_out;
        let norm = 2 * h;
        let tables = (self.vocab_size + self.max_position_embeddings + self.type_vocab_size) * h;
        let attention = 4 * linear(h, h) + norm;
        let feed_forward = linear(h, i) + linear(i, h) + norm;
        let layers = self.num_hidden_layers * (attention + feed_forward);
        let pooler = linear(h, h);
        let masked_head = linear(h, h) + norm + self.vocab_size;
        let order_head = linear(h, 2);
        tables + norm + layers + pooler + masked_head + order_head
    }

    /// Parses the text of `config.json`. A key whose value is `null` is taken as left out. The error says what is wrong, and
    /// with which key.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut keys: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        keys.retain(|_, value| !value.is_null());
        serde_path_to_error::deserialize(Value::Object(keys)).map_err(|error| error.to_string())
    }

    /// Returns the text of `config.json` as transformers lays it out: sorted keys, indented by two spaces, with a final
    /// line end.
    pub(crate) fn to_json(&self) -> String {
        let value = serde_json::to_value(self).expect("a struct of plain fields is JSON");
        let mut text = serde_json::to_string_pretty(&value).expect("a JSON value is text");
        text.push('\n');
        text
    }

    fn check_sizes(&self) -> Result<(), ModelError> {
        for (key, size) in [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ] {
            if size == 0 {
                return Err(ModelError::config(
                    key,
                    "expected at least 1, found 0".into(),
                ));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let what = format!(
                "{} is not a multiple of num_attention_heads ({})",
                self.hidden_size, self.num_attention_heads
            );
            return Err(ModelError::config("hidden_size", what));
        }
        Ok(())
    }

    fn check_rates(&self) -> Result<(), ModelError> {
        for (key, rate) in [
            ("hidden_dropout_prob", Some(self.hidden_dropout_prob)),
            (
                "attention_probs_dropout_prob",
                Some(self.attention_probs_dropout_prob),
            ),
            ("classifier_dropout", self.classifier_dropout),
        ] {
            if let Some(rate) = rate
                && !(0.0..1.0).contains(&rate)
            {
                return Err(ModelError::config(
                    key,
                    format!("expected 0 or more and below 1, found {rate}"),
                ));
            }
        }
        for (key, value) in [
            ("initializer_range", self.initializer_range),
            ("layer_norm_eps", self.layer_norm_eps),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(ModelError::config(
                    key,
                    format!("expected more than 0, found {value}"),
                ));
            }
        }
        Ok(())
    }
}

/// The largest multiple that embeddings are padded to. Megatron-LM pads to 128 for each of up to 8 GPUs.
const MOST_PADDING: usize = 1024;
/// Embeddings are padded to a multiple of this, or of a multiple of it.
const PADDING_UNIT: usize = 8;

/// Refuses a number of rows of the word embeddings that does not fit the vocabulary. More rows than pieces fit if they can be
/// padding, which makes matrix products faster.
pub(crate) fn check_rows(rows: usize, n_pieces: usize) -> Result<(), ModelError> {
    let is_padded = rows.is_multiple_of(PADDING_UNIT) && rows < n_pieces + MOST_PADDING;
    let hint = match rows.cmp(&n_pieces) {
        Ordering::Equal => return Ok(()),
        Ordering::Greater if is_padded => return Ok(()),
        Ordering::Greater => {
            "too many for padding: copy the vocabulary that belongs to the weights, with its added_tokens.json if it has one"
        }
        Ordering::Less => "copy the vocabulary that belongs to the weights",
    };
    let what = format!("the model has {rows} pieces, but the vocabulary has {n_pieces}; {hint}");
    Err(ModelError::config("vocab_size", what))
}

// The defaults for keys that a file leaves out. They are those of transformers, which are the values of [B].
fn architectures() -> Vec<String> {
    vec!["BertForPreTraining".into()]
}
fn dropout() -> f64 {
    0.1
}
fn float32() -> String {
    "float32".into()
}
fn gelu() -> String {
    "gelu".into()
}
fn initializer_range() -> f64 {
    0.02
}
fn layer_norm_eps() -> f64 {
    1e-12
}
fn max_position_embeddings() -> usize {
    512
}
fn bert() -> String {
    "bert".into()
}
fn absolute() -> String {
    "absolute".into()
}
fn type_vocab_size() -> usize {
    2
}
fn use_cache() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::BertConfig;

    /// Hugging Face's `BertForPreTraining` for the Chinese base, the English base and the Chinese large.
    #[test]
    fn published_sizes_have_the_published_number_of_parameters() {
        for (vocab_size, n_layers, width, expected) in [
            (21_128, 12, 768, 102_882_442),
            (30_522, 12, 768, 110_106_428),
            (21_128, 24, 1024, 326_597_258),
        ] {
            let config = BertConfig::new(vocab_size, n_layers, width);
            assert_eq!(config.n_parameters(), expected, "{config:?}");
        }
    }
}

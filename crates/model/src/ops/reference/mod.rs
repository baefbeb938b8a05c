//! The reference: burn's operations one by one, on every device. Tests hold the fused implementations against it.

mod attention;
pub(crate) mod dropout;
mod gelu;
pub(crate) mod loss;
mod norm;

use burn::tensor::{Int, Tensor, TensorData, module::embedding, module::linear};

use super::contract::{Affine, EmbeddingParameters, HeadParameters, LayerParameters, Operations};
use super::dropout::{Dropout, Place};
use crate::input::ModelInput;
use crate::rows::Rows;
use attention::{Projections, attention};
use dropout::drop_rows;
use gelu::gelu;
use loss::cross_entropy;
use norm::layer_norm;

/// burn's operations.
pub(crate) struct Reference;

impl Operations for Reference {
    fn embeddings(
        &self,
        parameters: EmbeddingParameters,
        input: &ModelInput,
        dropout: &Dropout,
    ) -> Tensor<2> {
        let [_, h] = parameters.word.dims();
        let rows = |table: Tensor<2>, ids: &Tensor<1, Int>| {
            embedding(table, ids.clone().unsqueeze::<2>()).reshape([-1, h as i32]) // [1, t, h] to [t, h]
        };
        let word = rows(parameters.word, &input.input_ids);
        let sum = without_gradient_of_padding(word, input)
            + rows(parameters.segment, &input.segment_ids)
            + rows(parameters.position, &input.position_ids);
        let site = dropout.at(Place::Embeddings);
        drop_rows(layer_norm(sum, parameters.norm), site, None)
    }

    fn encoder_layer(
        &self,
        hidden: Tensor<2>,
        parameters: LayerParameters,
        input: &ModelInput,
        rows: &Rows,
        dropout: &Dropout,
    ) -> Tensor<2> {
        let index = parameters.layer_index;
        let context = attention(
            Projections {
                query: affine(hidden.clone(), parameters.query),
                key: affine(hidden.clone(), parameters.key),
                value: affine(hidden.clone(), parameters.value),
                n_heads: parameters.n_heads,
            },
            input,
            dropout.at(Place::Probabilities(index)),
        );
        let (context, hidden) = match rows.indices_on(&hidden.device()) {
            Some(rows) => (
                context.select(0, rows.clone()),
                hidden.select(0, rows.clone()),
            ), // to [r, h]
            None => (context, hidden),
        };
        let rows = rows.indices().map(|rows| &rows[..]);
        let output = affine(context, parameters.output); // [r, h]
        let output = drop_rows(output, dropout.at(Place::Attention(index)), rows);
        let hidden = layer_norm(output + hidden, parameters.attention_norm);
        let inner = gelu(affine(hidden.clone(), parameters.expand)); // [r, i]
        let output = affine(inner, parameters.contract); // [r, h]
        let output = drop_rows(output, dropout.at(Place::FeedForward(index)), rows);
        layer_norm(output + hidden, parameters.norm)
    }

    fn masked_loss(
        &self,
        hidden: Tensor<2>,
        parameters: HeadParameters,
        labels: &[i32],
        scale: f64,
    ) -> Tensor<1> {
        let labels = TensorData::new(labels.to_vec(), [labels.len()]);
        let labels = Tensor::from_data(labels, &hidden.device());
        let logits = masked_logits(hidden, parameters);
        cross_entropy(logits, labels).sum() * scale
    }
}

/// Cuts the gradient of padding, `[t, h]`: in transformers the row of `[PAD]` gets none.
fn without_gradient_of_padding(word: Tensor<2>, input: &ModelInput) -> Tensor<2> {
    if !input.layout.has_padding_rows() {
        return word;
    }
    let filled: Vec<f32> = input.layout.filled_rows().map(f32::from).collect();
    let shape = [filled.len(), 1];
    let filled = Tensor::<2>::from_data(TensorData::new(filled, shape), &word.device());
    word.clone() * filled.clone() + word.detach() * (-filled + 1.0)
}

/// Computes the logits of the masked head: dense, GELU, layer norm, and a decoder tied to the word embeddings with its own
/// bias.
///
/// # Shapes
///
/// `[m, h]` to `[m, v]`.
pub(crate) fn masked_logits(hidden: Tensor<2>, parameters: HeadParameters) -> Tensor<2> {
    let hidden = layer_norm(gelu(affine(hidden, parameters.dense)), parameters.norm);
    hidden.matmul(parameters.word.transpose()) + parameters.decoder_bias.unsqueeze::<2>()
}

fn affine(x: Tensor<2>, parameters: Affine) -> Tensor<2> {
    linear(x, parameters.weight, Some(parameters.bias))
}

//! An encoder layer as one operation: post-norm attention and feed-forward (method §4).
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width, `i` inner width of the
//! feed-forward, `n` heads.

use std::borrow::Cow;
use std::sync::Arc;

use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::attention::{self, HeadLayout};
use super::matrix::{Matrix, add_product, product, products};
use super::node::{Argument, Saved, result, values};
use super::pool::in_pool;
use super::rows::{
    NormSlices, Normed, RowDropout, add_bias, bias_gelu, dropped, gathered, gelu_backward,
    norm_backward, residual_norm, row_sum, scattered,
};
use crate::input::ModelInput;
use crate::layout::Layout;
use crate::ops::contract::LayerParameters;
use crate::ops::dropout::{Dropout, Place, Site};
use crate::ops::tensors::{LayerTensors, N_LAYER_TENSORS};
use crate::rows::Rows;

/// The sizes, rows and dropout of a layer.
#[derive(Clone)]
pub(crate) struct Shape {
    layout: Arc<Layout>,
    /// The rows that are asked for, ascending; `None` for all.
    rows: Option<Arc<[u32]>>,
    h: usize,
    i: usize,
    n_heads: usize,
    attention_eps: f32,
    feed_forward_eps: f32,
    probabilities: Site,
    attention: Site,
    feed_forward: Site,
}

impl Shape {
    /// Describes a layer of hidden width `h`.
    pub(crate) fn new(
        h: usize,
        layer: &LayerParameters,
        input: &ModelInput,
        rows: &Rows,
        dropout: &Dropout,
    ) -> Self {
        let index = layer.layer_index;
        Self {
            layout: Arc::clone(&input.layout),
            rows: rows.indices().cloned(),
            h,
            i: layer.expand.weight.dims()[1],
            n_heads: layer.n_heads,
            attention_eps: layer.attention_norm.eps as f32,
            feed_forward_eps: layer.norm.eps as f32,
            probabilities: dropout.at(Place::Probabilities(index)),
            attention: dropout.at(Place::Attention(index)),
            feed_forward: dropout.at(Place::FeedForward(index)),
        }
    }

    fn heads(&self) -> HeadLayout<'_> {
        HeadLayout {
            layout: &self.layout,
            queries: self.rows.as_deref(),
            n_heads: self.n_heads,
            dropout: self.probabilities,
        }
    }

    fn row_dropout(&self, site: Site) -> RowDropout<'_> {
        RowDropout {
            site,
            rows: self.rows.as_deref(),
        }
    }

    /// Takes the rows that are asked for, `[t, h]` to `[r, h]`.
    fn gathered<'a>(&self, all: &'a [f32]) -> Cow<'a, [f32]> {
        match &self.rows {
            Some(rows) => gathered(all, self.h, rows).into(),
            None => all.into(),
        }
    }

    /// Puts the rows that were asked for back among rows of zeros, `[r, h]` to `[t, h]`.
    fn scattered(&self, some: Vec<f32>) -> Vec<f32> {
        match &self.rows {
            Some(rows) => scattered(&some, self.h, rows, self.layout.n_rows()),
            None => some,
        }
    }
}

/// The activations that the backward pass reads.
pub(crate) struct Activations {
    /// `[r, h]`.
    query: Vec<f32>,
    /// Key and value side by side, `[t, 2h]`.
    key_value: Vec<f32>,
    /// The log-sum-exp of each query's scores, `[r, n]`.
    logsumexp: Vec<f32>,
    /// Context vectors, `[r, h]`.
    context: Vec<f32>,
    attention_norm: Normed,
    /// The output of the attention sub-layer, `[r, h]`.
    middle: Vec<f32>,
    /// The input of GELU, `[r, i]`.
    inner: Vec<f32>,
    norm: Normed,
}

struct SavedLayer {
    shape: Shape,
    arguments: LayerTensors<FlexTensor>,
    activations: Activations,
}

/// [`crate::ops::contract::Operations::encoder_layer`].
pub(super) fn encoder_layer(
    hidden: Tensor<2>,
    layer: LayerParameters,
    input: &ModelInput,
    rows: &Rows,
    dropout: &Dropout,
) -> Tensor<2> {
    let [_, h] = hidden.dims();
    let shape = Shape::new(h, &layer, input, rows, dropout);
    let arguments = layer.tensors(hidden, Argument::new, Argument::new);
    let slices = arguments.each_ref().map(Argument::slice);
    let (output, activations) = in_pool(|| forward(&shape, &slices));
    let save = |arguments| SavedLayer {
        shape,
        arguments: LayerTensors::from_array(arguments),
        activations,
    };
    let r = output.len() / h;
    result(output, [r, h], arguments.into_array(), save)
}

/// Computes a layer from row-major arguments: `[t, h]` to `[r, h]`, and the activations that the backward pass reads.
pub(crate) fn forward(shape: &Shape, layer: &LayerTensors<&[f32]>) -> (Vec<f32>, Activations) {
    let (h, i) = (shape.h, shape.i);

    // Attention.
    let residual = shape.gathered(layer.hidden); // [r, h]
    let mut query = product(
        Matrix::new(&residual, h),
        Matrix::new(layer.query_weight, h),
    ); // [r, h]
    add_bias(&mut query, layer.query_bias);
    let weights = [layer.key_weight, layer.value_weight].map(|weight| Matrix::new(weight, h));
    let mut key_value = products(Matrix::new(layer.hidden, h), weights); // [t, 2h]
    add_bias(&mut key_value, &[layer.key_bias, layer.value_bias].concat());
    let (context, logsumexp) = attention::forward(&query, &key_value, h, shape.heads());
    let output = product(
        Matrix::new(&context, h),
        Matrix::new(layer.output_weight, h),
    ); // [r, h]
    let norm = NormSlices {
        weight: layer.attention_norm_weight,
        bias: layer.attention_norm_bias,
        eps: shape.attention_eps,
    };
    let dropout = shape.row_dropout(shape.attention);
    let (middle, attention_norm) =
        residual_norm(output, layer.output_bias, &residual, dropout, norm);

    // Feed-forward.
    let mut inner = product(Matrix::new(&middle, h), Matrix::new(layer.expand_weight, i)); // [r, i]
    let active = bias_gelu(&mut inner, layer.expand_bias);
    let output = product(
        Matrix::new(&active, i),
        Matrix::new(layer.contract_weight, h),
    ); // [r, h]
    let norm = NormSlices {
        weight: layer.norm_weight,
        bias: layer.norm_bias,
        eps: shape.feed_forward_eps,
    };
    let dropout = shape.row_dropout(shape.feed_forward);
    let (after, norm) = residual_norm(output, layer.contract_bias, &middle, dropout, norm);

    let activations = Activations {
        query,
        key_value,
        logsumexp,
        context,
        attention_norm,
        middle,
        inner,
        norm,
    };
    (after, activations)
}

/// Computes the gradients of the arguments from that of the result, `[r, h]`.
pub(crate) fn backward(
    shape: &Shape,
    activations: &Activations,
    layer: &LayerTensors<&[f32]>,
    gradient: &[f32],
) -> LayerTensors<Vec<f32>> {
    let feed_forward = feed_forward_backward(shape, activations, layer, gradient);
    let attention = attention_backward(shape, activations, layer, &feed_forward.middle);
    LayerTensors {
        hidden: attention.hidden,
        query_weight: attention.query_weight,
        query_bias: attention.query_bias,
        key_weight: attention.key_weight,
        key_bias: attention.key_bias,
        value_weight: attention.value_weight,
        value_bias: attention.value_bias,
        output_weight: attention.output_weight,
        output_bias: attention.output_bias,
        attention_norm_weight: attention.norm_weight,
        attention_norm_bias: attention.norm_bias,
        expand_weight: feed_forward.expand_weight,
        expand_bias: feed_forward.expand_bias,
        contract_weight: feed_forward.contract_weight,
        contract_bias: feed_forward.contract_bias,
        norm_weight: feed_forward.norm_weight,
        norm_bias: feed_forward.norm_bias,
    }
}

/// The gradients of the feed-forward sub-layer.
struct FeedForwardGradients {
    /// Of the sub-layer's input, `[r, h]`.
    middle: Vec<f32>,
    expand_weight: Vec<f32>,
    expand_bias: Vec<f32>,
    contract_weight: Vec<f32>,
    contract_bias: Vec<f32>,
    norm_weight: Vec<f32>,
    norm_bias: Vec<f32>,
}

fn feed_forward_backward(
    shape: &Shape,
    activations: &Activations,
    layer: &LayerTensors<&[f32]>,
    gradient: &[f32],
) -> FeedForwardGradients {
    let (h, i) = (shape.h, shape.i);
    let norm = norm_backward(&activations.norm, gradient, layer.norm_weight);
    let dropout = shape.row_dropout(shape.feed_forward);
    let output = dropped(norm.before.clone(), h, dropout); // [r, h]
    let contract = Matrix::new(layer.contract_weight, h).transposed();
    let mut inner = product(Matrix::new(&output, h), contract); // [r, i]
    let active = gelu_backward(&activations.inner, &mut inner);
    let active_columns = Matrix::new(&active, i).transposed();
    let contract_weight = product(active_columns, Matrix::new(&output, h));
    let contract_bias = row_sum(&output, h);
    let middle_columns = Matrix::new(&activations.middle, h).transposed();
    let expand_weight = product(middle_columns, Matrix::new(&inner, i));
    let expand_bias = row_sum(&inner, i);
    let mut middle = norm.before; // by the residual
    let expand = Matrix::new(layer.expand_weight, i).transposed();
    add_product(&mut middle, Matrix::new(&inner, i), expand);
    FeedForwardGradients {
        middle,
        expand_weight,
        expand_bias,
        contract_weight,
        contract_bias,
        norm_weight: norm.weight,
        norm_bias: norm.bias,
    }
}

/// The gradients of the attention sub-layer.
struct AttentionGradients {
    /// Of the layer's input, `[t, h]`.
    hidden: Vec<f32>,
    query_weight: Vec<f32>,
    query_bias: Vec<f32>,
    key_weight: Vec<f32>,
    key_bias: Vec<f32>,
    value_weight: Vec<f32>,
    value_bias: Vec<f32>,
    output_weight: Vec<f32>,
    output_bias: Vec<f32>,
    norm_weight: Vec<f32>,
    norm_bias: Vec<f32>,
}

fn attention_backward(
    shape: &Shape,
    activations: &Activations,
    layer: &LayerTensors<&[f32]>,
    gradient: &[f32],
) -> AttentionGradients {
    let h = shape.h;
    let weight = layer.attention_norm_weight;
    let norm = norm_backward(&activations.attention_norm, gradient, weight);
    let dropout = shape.row_dropout(shape.attention);
    let output = dropped(norm.before.clone(), h, dropout); // [r, h]
    let output_columns = Matrix::new(layer.output_weight, h).transposed();
    let context = product(Matrix::new(&output, h), output_columns);
    let context_columns = Matrix::new(&activations.context, h).transposed();
    let output_weight = product(context_columns, Matrix::new(&output, h));
    let output_bias = row_sum(&output, h);
    let saved = attention::Backward {
        query: &activations.query,
        key_value: &activations.key_value,
        context: &activations.context,
        logsumexp: &activations.logsumexp,
        gradient: &context,
    };
    let (query, key_value) = attention::backward(&saved, h, shape.heads());
    let weights = [layer.query_weight, layer.key_weight, layer.value_weight];
    let [query_columns, key_columns, value_columns] =
        weights.map(|weight| Matrix::new(weight, h).transposed());
    let mut asked = norm.before; // by the residual
    add_product(&mut asked, Matrix::new(&query, h), query_columns);
    let mut hidden = shape.scattered(asked);
    let hidden_rows = Matrix::new(layer.hidden, h);
    let n_rows = hidden_rows.n_rows();
    let [key, value] = [0, h].map(|at| Matrix::new(&key_value, 2 * h).part(0..n_rows, at..at + h));
    add_product(&mut hidden, key, key_columns);
    add_product(&mut hidden, value, value_columns);
    let asked = shape.gathered(layer.hidden);
    let query_weight = product(Matrix::new(&asked, h).transposed(), Matrix::new(&query, h));
    let [key_weight, value_weight] =
        [key, value].map(|part| product(hidden_rows.transposed(), part));
    let mut key_bias = row_sum(&key_value, 2 * h);
    let value_bias = key_bias.split_off(h);
    AttentionGradients {
        hidden,
        query_weight,
        query_bias: row_sum(&query, h),
        key_weight,
        key_bias,
        value_weight,
        value_bias,
        output_weight,
        output_bias,
        norm_weight: norm.weight,
        norm_bias: norm.bias,
    }
}

impl Saved<N_LAYER_TENSORS> for SavedLayer {
    fn backward(self, gradient: &[f32], _: Option<Vec<f32>>) -> [Vec<f32>; N_LAYER_TENSORS] {
        let arguments = self.arguments.each_ref().map(values);
        in_pool(|| backward(&self.shape, &self.activations, &arguments, gradient)).into_array()
    }

    fn arguments(&self) -> [&FlexTensor; N_LAYER_TENSORS] {
        self.arguments.each_ref().into_array()
    }
}

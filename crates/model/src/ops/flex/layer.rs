//! An encoder layer as one operation: post-norm attention and feed-forward (method §4).
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width, `i` width inside the feed-forward,
//! `n` heads.

use std::borrow::Cow;
use std::sync::Arc;

use burn::tensor::Tensor;
use burn_flex::FlexTensor;

use super::attention::{self, Heads};
use super::in_pool;
use super::matrix::{Matrix, add_product, product, products};
use super::node::{Argument, Saved, guards, numbers, result};
use super::rows::{
    Drops, NormSlices, Normed, add_bias, bias_gelu, dropped, gathered, gelu_backward,
    norm_backward, residual_norm, row_sum, scattered,
};
use crate::input::{Layout, ModelInput};
use crate::ops::{Dropout, LayerParameters, Place, Site};
use crate::rows::Rows;

const N_ARGUMENTS: usize = LayerParameters::N_ARGUMENTS;

/// Sizes, rows and dropout of a layer.
#[derive(Clone)]
pub(in crate::ops) struct Shape {
    layout: Arc<Layout>,
    /// That are asked for; `None`: all.
    rows: Option<Arc<[u32]>>,
    h: usize,
    i: usize,
    n_heads: usize,
    eps: [f32; 2],
    shares: Site,
    attention: Site,
    feed_forward: Site,
}

impl Shape {
    /// Of a layer that is given `[t, h]`.
    pub(in crate::ops) fn new(
        h: usize,
        layer: &LayerParameters,
        (input, rows): (&ModelInput, &Rows),
        dropout: &Dropout,
    ) -> Self {
        Self {
            layout: Arc::clone(&input.layout),
            rows: rows.numbers().cloned(),
            h,
            i: layer.expand.weight.dims()[1],
            n_heads: layer.n_heads,
            eps: [layer.attention_norm.eps as f32, layer.norm.eps as f32],
            shares: dropout.at(Place::Shares(layer.number)),
            attention: dropout.at(Place::Attention(layer.number)),
            feed_forward: dropout.at(Place::FeedForward(layer.number)),
        }
    }

    fn heads(&self) -> Heads<'_> {
        Heads {
            layout: &self.layout,
            asking: self.rows.as_deref(),
            number: self.n_heads,
            dropout: self.shares,
        }
    }

    fn drops(&self, site: Site) -> Drops<'_> {
        Drops {
            site,
            rows: self.rows.as_deref(),
        }
    }

    /// The rows that are asked for, `[t, h]` to `[r, h]`.
    fn gathered<'a>(&self, all: &'a [f32]) -> Cow<'a, [f32]> {
        match &self.rows {
            Some(rows) => gathered(all, self.h, rows).into(),
            None => all.into(),
        }
    }

    /// Back in their places among rows of zeros, `[r, h]` to `[t, h]`.
    fn scattered(&self, some: Vec<f32>) -> Vec<f32> {
        match &self.rows {
            Some(rows) => scattered(&some, self.h, rows, self.layout.n_rows()),
            None => some,
        }
    }
}

/// What the forward pass keeps beside its arguments.
pub(in crate::ops) struct Kept {
    /// `[r, h]`.
    query: Vec<f32>,
    /// Side by side, `[t, 2h]`.
    key_value: Vec<f32>,
    /// `[r, n]`.
    log_sums: Vec<f32>,
    /// Mixtures of the values, `[r, h]`.
    context: Vec<f32>,
    attention_norm: Normed,
    /// Between the sub-layers, `[r, h]`.
    middle: Vec<f32>,
    /// Before GELU, `[r, i]`.
    inner: Vec<f32>,
    norm: Normed,
}

struct SavedLayer {
    shape: Shape,
    arguments: [FlexTensor; N_ARGUMENTS],
    kept: Kept,
}

/// [`crate::ops::Operations::encoder_layer`].
pub(super) fn encoder_layer(
    hidden: Tensor<2>,
    layer: LayerParameters,
    (input, rows): (&ModelInput, &Rows),
    dropout: &Dropout,
) -> Tensor<2> {
    let [_, h] = hidden.dims();
    let shape = Shape::new(h, &layer, (input, rows), dropout);
    let mut arguments = layer.arguments(hidden, Argument::new, Argument::new);
    let guards = guards(&mut arguments);
    let slices = arguments.each_ref().map(Argument::slice);
    let (output, kept) = in_pool(|| forward(&shape, &slices));
    let save = || SavedLayer {
        shape,
        arguments: arguments.map(|argument| argument.tensor),
        kept,
    };
    let r = output.len() / h;
    result(output, [r, h], guards, save)
}

/// `[t, h]` to `[r, h]`, and what the backward pass needs; all row-major.
pub(in crate::ops) fn forward(
    shape: &Shape,
    arguments: &[&[f32]; N_ARGUMENTS],
) -> (Vec<f32>, Kept) {
    let [
        x,
        q,
        qb,
        k,
        kb,
        v,
        vb,
        o,
        ob,
        n1w,
        n1b,
        e,
        eb,
        c,
        cb,
        n2w,
        n2b,
    ] = *arguments;
    let (h, i) = (shape.h, shape.i);
    let asking = shape.gathered(x); // [r, h]
    let mut query = product(Matrix::new(&asking, h), Matrix::new(q, h)); // [r, h]
    add_bias(&mut query, qb);
    let mut key_value = products(Matrix::new(x, h), [k, v].map(|w| Matrix::new(w, h))); // [t, 2h]
    add_bias(&mut key_value, &[kb, vb].concat());
    let (context, log_sums) = attention::forward(&query, &key_value, h, shape.heads());
    let output = product(Matrix::new(&context, h), Matrix::new(o, h)); // [r, h]
    let norm = NormSlices {
        weight: n1w,
        bias: n1b,
        eps: shape.eps[0],
    };
    let (middle, attention_norm) =
        residual_norm(output, ob, &asking, shape.drops(shape.attention), norm);
    let mut inner = product(Matrix::new(&middle, h), Matrix::new(e, i)); // [r, i]
    let active = bias_gelu(&mut inner, eb);
    let output = product(Matrix::new(&active, i), Matrix::new(c, h)); // [r, h]
    let norm = NormSlices {
        weight: n2w,
        bias: n2b,
        eps: shape.eps[1],
    };
    let (after, norm) = residual_norm(output, cb, &middle, shape.drops(shape.feed_forward), norm);
    let kept = Kept {
        query,
        key_value,
        log_sums,
        context,
        attention_norm,
        middle,
        inner,
        norm,
    };
    (after, kept)
}

/// Gradients of the arguments from the result's.
pub(in crate::ops) fn backward(
    shape: &Shape,
    kept: &Kept,
    arguments: &[&[f32]; N_ARGUMENTS],
    gradient: &[f32],
) -> [Vec<f32>; N_ARGUMENTS] {
    let [x, q, _, k, _, v, _, o, _, n1w, _, e, _, c, _, n2w, _] = *arguments;
    let (h, i) = (shape.h, shape.i);

    // Feed-forward.
    let norm = norm_backward(&kept.norm, gradient, n2w);
    let output = dropped(norm.before.clone(), h, shape.drops(shape.feed_forward)); // [r, h]
    let mut inner = product(Matrix::new(&output, h), Matrix::new(c, h).transposed()); // [r, i]
    let active = gelu_backward(&kept.inner, &mut inner);
    let contract = product(
        Matrix::new(&active, i).transposed(),
        Matrix::new(&output, h),
    );
    let contract_bias = row_sum(&output, h);
    let middle = Matrix::new(&kept.middle, h);
    let expand = product(middle.transposed(), Matrix::new(&inner, i));
    let expand_bias = row_sum(&inner, i);
    let mut before = norm.before; // of the middle, by the residual
    add_product(
        &mut before,
        Matrix::new(&inner, i),
        Matrix::new(e, i).transposed(),
    );

    // Attention.
    let attention_norm = norm_backward(&kept.attention_norm, &before, n1w);
    let output = dropped(
        attention_norm.before.clone(),
        h,
        shape.drops(shape.attention),
    ); // [r, h]
    let context = product(Matrix::new(&output, h), Matrix::new(o, h).transposed());
    let output_weight = product(
        Matrix::new(&kept.context, h).transposed(),
        Matrix::new(&output, h),
    );
    let output_bias = row_sum(&output, h);
    let given = attention::Backward {
        query: &kept.query,
        key_value: &kept.key_value,
        context: &kept.context,
        log_sums: &kept.log_sums,
        gradient: &context,
    };
    let (query, key_value) = attention::backward(&given, h, shape.heads());
    let mut asking = attention_norm.before; // of the layer's input, by the residual
    let [q, k, v] = [q, k, v].map(|weight| Matrix::new(weight, h).transposed());
    add_product(&mut asking, Matrix::new(&query, h), q);
    let mut hidden = shape.scattered(asking);
    let hidden_rows = Matrix::new(x, h);
    let n_rows = hidden_rows.n_rows();
    let [key, value] = [0, h].map(|at| Matrix::new(&key_value, 2 * h).part(0..n_rows, at..at + h));
    add_product(&mut hidden, key, k);
    add_product(&mut hidden, value, v);
    let asking = shape.gathered(x);
    let query_weight = product(Matrix::new(&asking, h).transposed(), Matrix::new(&query, h));
    let [key, value] = [key, value].map(|part| product(hidden_rows.transposed(), part));
    let mut key_bias = row_sum(&key_value, 2 * h);
    let value_bias = key_bias.split_off(h);
    [
        hidden,
        query_weight,
        row_sum(&query, h),
        key,
        key_bias,
        value,
        value_bias,
        output_weight,
        output_bias,
        attention_norm.weight,
        attention_norm.bias,
        expand,
        expand_bias,
        contract,
        contract_bias,
        norm.weight,
        norm.bias,
    ]
}

impl Saved<N_ARGUMENTS> for SavedLayer {
    fn backward(self, gradient: &[f32], _: Option<Vec<f32>>) -> [Vec<f32>; N_ARGUMENTS] {
        let arguments = self.arguments.each_ref().map(numbers);
        in_pool(|| backward(&self.shape, &self.kept, &arguments, gradient))
    }

    fn arguments(&self) -> [&FlexTensor; N_ARGUMENTS] {
        self.arguments.each_ref()
    }
}

//! An encoder layer in LibTorch's operations, whole or from its attention's output on. LibTorch records the graph.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width, `i` inner width of the
//! feed-forward.

use std::sync::Arc;

use tch::{Kind, Tensor};

use super::attention::{Projections, attention};
use super::dropout::drop_rows;
use super::head_layout::HeadLayout;
use super::rows::{AskedRows, gathered};
use crate::input::ModelInput;
use crate::ops::contract::LayerParameters;
use crate::ops::dropout::{Dropout, Place, Site};
use crate::ops::tensors::{LayerTensors, PostAttentionTensors};
use crate::rows::Rows;

/// The sizes, rows and dropout of a layer.
pub(super) struct Shape {
    /// The rows that are asked for; `None` for all.
    pub(super) rows: Option<AskedRows>,
    pub(super) heads: HeadLayout,
    pub(super) attention_end: SubLayerEnd,
    pub(super) feed_forward_end: SubLayerEnd,
    /// The number type that matrices are multiplied in.
    pub(super) kind: Kind,
}

/// The end of a sub-layer: dropout, residual and norm.
#[derive(Clone, Copy)]
pub(super) struct SubLayerEnd {
    /// Dropout of the sub-layer's output.
    pub(super) dropout: Site,
    /// ε of the norm.
    pub(super) eps: f64,
}

/// The parameters of a norm, `[h]` each.
#[derive(Clone, Copy)]
struct NormTensors<'t> {
    weight: &'t Tensor,
    bias: &'t Tensor,
}

impl Shape {
    pub(super) fn new(
        device: &burn::tensor::Device,
        layer: &LayerParameters,
        input: &ModelInput,
        rows: &Rows,
        dropout: &Dropout,
        kind: Kind,
    ) -> Self {
        let index = layer.layer_index;
        Self {
            rows: AskedRows::new(rows, device),
            heads: HeadLayout {
                layout: Arc::clone(&input.layout),
                n_heads: layer.n_heads,
                dropout: dropout.at(Place::Probabilities(index)),
            },
            attention_end: SubLayerEnd {
                dropout: dropout.at(Place::Attention(index)),
                eps: layer.attention_norm.eps,
            },
            feed_forward_end: SubLayerEnd {
                dropout: dropout.at(Place::FeedForward(index)),
                eps: layer.norm.eps,
            },
            kind,
        }
    }

    /// Computes the whole layer, `[t, h]` to `[r, h]` in f32.
    pub(super) fn forward(&self, layer: &LayerTensors<&Tensor>, input: &ModelInput) -> Tensor {
        let hidden = &layer.hidden.to_kind(Kind::Float);
        let rows = hidden.to_kind(self.kind);
        let projected = Projections {
            query: self.affine(&rows, layer.query_weight, layer.query_bias),
            key: self.affine(&rows, layer.key_weight, layer.key_bias),
            value: self.affine(&rows, layer.value_weight, layer.value_bias),
        };
        let context = attention(&projected, input, &self.heads);
        self.post_attention(&post_attention_tensors(layer, &context, hidden))
    }

    /// Computes what follows the attention, `[t, h]` to `[r, h]` in f32.
    pub(super) fn post_attention(&self, layer: &PostAttentionTensors<&Tensor>) -> Tensor {
        let [context, residual] =
            [layer.context, layer.hidden].map(|all| gathered(all, self.rows.as_ref()));
        let output = self.affine(&context, layer.output_weight, layer.output_bias); // [r, h]
        let norm = NormTensors {
            weight: layer.attention_norm_weight,
            bias: layer.attention_norm_bias,
        };
        let middle = self.residual_norm(&output, &residual, self.attention_end, norm);
        let rows = middle.to_kind(self.kind);
        let inner = self.affine(&rows, layer.expand_weight, layer.expand_bias); // [r, i]
        let active = inner.gelu("none");
        let output = self.affine(&active, layer.contract_weight, layer.contract_bias); // [r, h]
        let norm = NormTensors {
            weight: layer.norm_weight,
            bias: layer.norm_bias,
        };
        self.residual_norm(&output, &middle, self.feed_forward_end, norm)
    }

    fn affine(&self, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
        bias.to_kind(self.kind).addmm(x, &weight.to_kind(self.kind))
    }

    /// Computes `norm(dropout(x) + residual)` in f32, `[r, h]`.
    fn residual_norm(
        &self,
        x: &Tensor,
        residual: &Tensor,
        end: SubLayerEnd,
        norm: NormTensors<'_>,
    ) -> Tensor {
        let rows = self.rows.as_ref().map(|rows| &rows.on_host[..]);
        let sum = drop_rows(x, end.dropout, rows) + residual; // in f32, because the residual is
        let NormTensors { weight, bias } = norm;
        sum.layer_norm(weight.size(), Some(weight), Some(bias), end.eps, false)
    }
}

/// Names the arguments of the part of a layer that follows its attention.
pub(super) fn post_attention_tensors<'t>(
    layer: &LayerTensors<&'t Tensor>,
    context: &'t Tensor,
    hidden: &'t Tensor,
) -> PostAttentionTensors<&'t Tensor> {
    PostAttentionTensors {
        context,
        hidden,
        output_weight: layer.output_weight,
        output_bias: layer.output_bias,
        attention_norm_weight: layer.attention_norm_weight,
        attention_norm_bias: layer.attention_norm_bias,
        expand_weight: layer.expand_weight,
        expand_bias: layer.expand_bias,
        contract_weight: layer.contract_weight,
        contract_bias: layer.contract_bias,
        norm_weight: layer.norm_weight,
        norm_bias: layer.norm_bias,
    }
}

//! An encoder layer on the CPU in bf16: attention with its own backward pass, and LibTorch's graph for the rest.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width.

use tch::{Kind, Tensor};

use super::attention::CpuAttention;
use crate::ops::libtorch::graph::{Graph, leaf};
use crate::ops::libtorch::graph_layer::{Shape, post_attention_tensors};
use crate::ops::libtorch::node::Saved;
use crate::ops::tensors::{
    LayerTensors, N_LAYER_TENSORS, N_POST_ATTENTION_TENSORS, PostAttentionTensors,
};

/// A layer whose attention is not in LibTorch's graph.
#[derive(Debug)]
pub(crate) struct SavedCpuLayer {
    /// The part that follows the attention.
    graph: Graph<N_POST_ATTENTION_TENSORS>,
    attention: CpuAttention,
    /// The layer's input in the number type of the products, `[t, h]`.
    rows: Tensor,
    /// The weights of query, key and value side by side, `[h, 3h]`.
    weight: Tensor,
}

impl SavedCpuLayer {
    /// Runs the forward pass.
    pub(crate) fn forward(shape: &Shape, layer: &LayerTensors<&Tensor>) -> Self {
        let rows = layer.hidden.to_kind(shape.kind);
        let weights = [layer.query_weight, layer.key_weight, layer.value_weight];
        let biases = [layer.query_bias, layer.key_bias, layer.value_bias];
        let weight = Tensor::cat(&weights, 1).to_kind(shape.kind);
        let bias = Tensor::cat(&biases, 0).to_kind(shape.kind);
        let projected = bias.addmm(&rows, &weight); // [t, 3h]
        let (context, attention) = CpuAttention::forward(projected, shape.heads.clone());
        let leaves = post_attention_tensors(layer, &context, layer.hidden).map(leaf);
        let output = tch::with_grad(|| shape.post_attention(&leaves.each_ref()));
        Self {
            graph: Graph::new(leaves.into_array(), output),
            attention,
            rows,
            weight,
        }
    }

    /// Returns the output of the layer, `[r, h]`.
    pub(crate) fn output(&self) -> Tensor {
        self.graph.output()
    }
}

impl Saved<N_LAYER_TENSORS> for SavedCpuLayer {
    fn backward(self, gradient: &Tensor) -> [Tensor; N_LAYER_TENSORS] {
        let rest = PostAttentionTensors::from_array(self.graph.backward(gradient));
        let projected = self.attention.backward(&rest.context); // [t, 3h]
        let hidden = rest.hidden + projected.mm(&self.weight.tr());
        let biases = projected.sum_dim_intlist(0, false, Kind::Float); // [3h]
        let (rows, h) = (self.rows.tr(), hidden.size()[1]);
        let weight = |part: i64| {
            let gradient = rows.mm(&projected.narrow(1, part * h, h));
            gradient.to_kind(Kind::Float)
        };
        let bias = |part: i64| biases.narrow(0, part * h, h).copy();
        LayerTensors {
            hidden,
            query_weight: weight(0),
            query_bias: bias(0),
            key_weight: weight(1),
            key_bias: bias(1),
            value_weight: weight(2),
            value_bias: bias(2),
            output_weight: rest.output_weight,
            output_bias: rest.output_bias,
            attention_norm_weight: rest.attention_norm_weight,
            attention_norm_bias: rest.attention_norm_bias,
            expand_weight: rest.expand_weight,
            expand_bias: rest.expand_bias,
            contract_weight: rest.contract_weight,
            contract_bias: rest.contract_bias,
            norm_weight: rest.norm_weight,
            norm_bias: rest.norm_bias,
        }
        .into_array()
    }
}

//! An encoder layer on a GPU in bf16, with its own backward pass. Matrix products and flash attention are LibTorch's, and one
//! kernel each does what lies between. Hidden states go from layer to layer in bf16.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width, `i` inner width of the
//! feed-forward.

use std::sync::Arc;

use libtorch::attention::{Attention, AttentionOutput};
use libtorch::kernels::Kernels;
use libtorch::kernels::rows::{Normed, ResidualNorm, ResidualNormGradients};
use libtorch::kernels::site::RowDropout;
use tch::Tensor;

use crate::ops::dropout::Site;
use crate::ops::libtorch::graph_layer::SubLayerEnd;
use crate::ops::libtorch::node::Saved;
use crate::ops::libtorch::rows::{AskedRows, gathered, scattered};
use crate::ops::libtorch::tensors::{bf16, weight_gradient};
use crate::ops::tensors::{LayerTensors, N_LAYER_TENSORS};

/// The attention, rows and dropout of a layer, and the kernels that it runs.
pub(crate) struct GpuLayer {
    pub(crate) kernels: Arc<Kernels>,
    pub(crate) attention: Attention,
    /// The rows that are asked for; `None` for all.
    pub(crate) rows: Option<AskedRows>,
    pub(crate) attention_end: SubLayerEnd,
    pub(crate) feed_forward_end: SubLayerEnd,
}

/// What the backward pass reads.
pub(crate) struct SavedGpuLayer {
    layer: GpuLayer,
    weights: Weights,
    /// The input of the layer, `[t, h]`.
    hidden: Tensor,
    /// Query, key and value side by side, `[t, 3h]`.
    projected: Tensor,
    attention: AttentionOutput,
    attention_norm: SavedNorm,
    /// The output of the attention sub-layer, `[r, h]`.
    middle: Tensor,
    /// The input of GELU, `[r, i]`.
    expanded: Tensor,
    /// The output of GELU, `[r, i]`.
    active: Tensor,
    norm: SavedNorm,
}

/// Weights as they are multiplied, in bf16.
struct Weights {
    /// Query, key and value side by side, `[h, 3h]`.
    projections: Tensor,
    /// `[h, h]`.
    output: Tensor,
    /// `[h, i]`.
    expand: Tensor,
    /// `[i, h]`.
    contract: Tensor,
}

/// What the backward pass of a norm reads beside its residual.
struct SavedNorm {
    /// The output of the sub-layer, before dropout and residual, `[r, h]`.
    x: Tensor,
    /// `[h]`.
    weight: Tensor,
    /// The mean and 1 / standard deviation of each row, `[r, 2]`.
    statistics: Tensor,
}

impl GpuLayer {
    /// Computes the layer, `[t, h]` to `[r, h]`, and what the backward pass reads.
    pub(crate) fn forward(self, layer: &LayerTensors<&Tensor>) -> (Tensor, SavedGpuLayer) {
        let hidden = bf16(layer.hidden);
        let weights = Weights::new(layer);
        let biases = [layer.query_bias, layer.key_bias, layer.value_bias];
        let projected = affine(&hidden, &weights.projections, &Tensor::cat(&biases, 0));
        let attention = self.attention.forward(&projected);
        let [context, residual] = [&attention.context, &hidden].map(|all| self.gathered(all));
        let output = affine(&context, &weights.output, layer.output_bias); // [r, h]
        let (middle, attention_norm) = self.residual_norm(
            self.attention_end,
            output,
            &residual,
            layer.attention_norm_weight,
            layer.attention_norm_bias,
        );
        let expanded = affine(&middle, &weights.expand, layer.expand_bias); // [r, i]
        let active = self.kernels.gelu(&expanded);
        let contracted = affine(&active, &weights.contract, layer.contract_bias); // [r, h]
        let (result, norm) = self.residual_norm(
            self.feed_forward_end,
            contracted,
            &middle,
            layer.norm_weight,
            layer.norm_bias,
        );
        let saved = SavedGpuLayer {
            layer: self,
            weights,
            hidden,
            projected,
            attention,
            attention_norm,
            middle,
            expanded,
            active,
            norm,
        };
        (result, saved)
    }

    fn gathered(&self, all: &Tensor) -> Tensor {
        gathered(all, self.rows.as_ref())
    }

    fn scattered(&self, some: Tensor, like: &Tensor) -> Tensor {
        scattered(some, self.rows.as_ref(), like)
    }

    fn row_dropout(&self, site: Site) -> RowDropout<'_> {
        RowDropout {
            site: site.for_kernels(),
            rows: self.rows.as_ref().map(|rows| &rows.kernel_indices),
        }
    }

    /// Computes `norm(dropout(x) + residual)`.
    fn residual_norm(
        &self,
        end: SubLayerEnd,
        x: Tensor,
        residual: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
    ) -> (Tensor, SavedNorm) {
        let given = ResidualNorm {
            x: &x,
            residual,
            weight,
            dropout: self.row_dropout(end.dropout),
        };
        let Normed { output, statistics } = self.kernels.residual_norm(given, bias, end.eps);
        let weight = weight.shallow_clone();
        let saved = SavedNorm {
            x,
            weight,
            statistics,
        };
        (output, saved)
    }

    fn residual_norm_backward(
        &self,
        end: SubLayerEnd,
        gradient: &Tensor,
        residual: &Tensor,
        saved: &SavedNorm,
    ) -> ResidualNormGradients {
        let given = ResidualNorm {
            x: &saved.x,
            residual,
            weight: &saved.weight,
            dropout: self.row_dropout(end.dropout),
        };
        self.kernels
            .residual_norm_backward(gradient, given, &saved.statistics)
    }
}

impl Weights {
    fn new(layer: &LayerTensors<&Tensor>) -> Self {
        let projections = [layer.query_weight, layer.key_weight, layer.value_weight];
        Self {
            projections: bf16(&Tensor::cat(&projections, 1)),
            output: bf16(layer.output_weight),
            expand: bf16(layer.expand_weight),
            contract: bf16(layer.contract_weight),
        }
    }
}

impl Saved<N_LAYER_TENSORS> for SavedGpuLayer {
    fn backward(self, gradient: &Tensor) -> [Tensor; N_LAYER_TENSORS] {
        tch::no_grad(|| self.gradients(gradient)).into_array()
    }
}

impl SavedGpuLayer {
    // Long, because each activation is freed right after its last use: that keeps the peak of a GPU's memory low.
    fn gradients(self, gradient: &Tensor) -> LayerTensors<Tensor> {
        let Self {
            layer,
            weights,
            hidden,
            projected,
            attention,
            attention_norm,
            middle,
            expanded,
            active,
            norm,
        } = self;

        // Feed-forward.
        let kernels = &layer.kernels;
        let end = layer.feed_forward_end;
        let last = layer.residual_norm_backward(end, &bf16(gradient), &middle, &norm);
        drop(norm);
        let contract_weight = weight_gradient(&active, &last.x);
        drop(active);
        let inner = last.x.mm(&weights.contract.tr()); // [r, i]
        let inner = kernels.gelu_backward(inner, &expanded);
        drop(expanded);
        let expand_weight = weight_gradient(&middle, &inner.matrix);
        let mut gradient = last.residual;
        let _ = gradient.addmm_(&inner.matrix, &weights.expand.tr()); // [r, h]
        drop(inner.matrix);

        // Attention.
        let residual = layer.gathered(&hidden);
        let end = layer.attention_end;
        let first = layer.residual_norm_backward(end, &gradient, &residual, &attention_norm);
        drop((attention_norm, middle, gradient, residual));
        let output_weight = weight_gradient(&layer.gathered(&attention.context), &first.x);
        let context = layer.scattered(first.x.mm(&weights.output.tr()), &hidden); // [t, h]
        let parts = layer.attention.backward(&context, &projected, &attention);
        drop((attention, projected, context));
        let parts = kernels.side_by_side(parts.each_ref()); // [t, 3h]
        let projections = weight_gradient(&hidden, &parts.matrix); // [h, 3h]
        let mut hidden = layer.scattered(first.residual, &hidden);
        let _ = hidden.addmm_(&parts.matrix, &weights.projections.tr());

        let h = hidden.size()[1];
        let weight = |part: i64| projections.narrow(1, part * h, h).contiguous();
        let bias = |part: i64| parts.sums.narrow(0, part * h, h);
        LayerTensors {
            hidden,
            query_weight: weight(0),
            query_bias: bias(0),
            key_weight: weight(1),
            key_bias: bias(1),
            value_weight: weight(2),
            value_bias: bias(2),
            output_weight,
            output_bias: first.x_bias,
            attention_norm_weight: first.weight,
            attention_norm_bias: first.bias,
            expand_weight,
            expand_bias: inner.sums,
            contract_weight,
            contract_bias: last.x_bias,
            norm_weight: last.weight,
            norm_bias: last.bias,
        }
    }
}

/// Computes `x · weight + bias` in bf16.
fn affine(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
    bf16(bias).addmm(x, weight)
}

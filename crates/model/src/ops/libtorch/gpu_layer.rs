//! An encoder layer on a GPU in bf16, with a backward pass of its own: matrix products and flash attention by LibTorch, and
//! one kernel each for what lies between. Hidden states pass from layer to layer in bf16.
//!
//! Dimensions: `t` pieces of all examples, `r` rows that are asked for, `h` hidden width, `i` width inside the feed-forward.

use std::sync::Arc;

use libtorch::attention::{Attention, Layout};
use libtorch::kernels::{Drops, Kernels, NormGradients};
use tch::{Kind, Tensor};

use super::layer::{Asked, N_ARGUMENTS, gathered};
use super::node::Saved;
use crate::ops::Site;

/// Sizes, rows and dropout of a layer, and what it runs on.
pub(super) struct GpuLayer {
    pub(super) kernels: Arc<Kernels>,
    pub(super) layout: Layout,
    /// `None`: all.
    pub(super) rows: Option<Asked>,
    pub(super) eps: [f64; 2],
    /// On what attention and what the feed-forward puts out.
    pub(super) sites: [Site; 2],
}

/// What the backward pass needs.
pub(super) struct SavedGpuLayer {
    layer: GpuLayer,
    weights: Weights,
    /// What the layer was given, `[t, h]`.
    hidden: Tensor,
    /// Query, key and value side by side, `[t, 3h]`.
    projected: Tensor,
    attention: Attention,
    behind_attention: Residual,
    /// Behind the attention's norm, `[r, h]`.
    middle: Tensor,
    /// Before and behind GELU, `[r, i]`.
    inner: [Tensor; 2],
    behind_feed_forward: Residual,
}

/// Weights as they are multiplied, bf16.
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

/// What a norm behind a residual keeps.
struct Residual {
    /// Before dropout and the sum, `[r, h]`.
    x: Tensor,
    /// Of the norm, `[h]`.
    weight: Tensor,
    /// Mean and 1 / deviation of the rows.
    statistics: Tensor,
}

impl GpuLayer {
    /// `[t, h]` to `[r, h]`, and what the backward pass needs.
    pub(super) fn forward(self, arguments: [&Tensor; N_ARGUMENTS]) -> (Tensor, SavedGpuLayer) {
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
        ] = arguments;
        let hidden = bf16(x);
        let weights = Weights {
            projections: bf16(&Tensor::cat(&[q, k, v], 1)),
            output: bf16(o),
            expand: bf16(e),
            contract: bf16(c),
        };
        let projected = affine(
            &hidden,
            &weights.projections,
            &Tensor::cat(&[qb, kb, vb], 0),
        );
        let attention = self.layout.forward(&projected);
        let [mixed, residual] = [&attention.mixed, &hidden].map(|all| self.gathered(all));
        let output = affine(&mixed, &weights.output, ob); // [r, h]
        let (middle, behind_attention) = self.residual_norm(0, output, &residual, (n1w, n1b));
        let expanded = affine(&middle, &weights.expand, eb); // [r, i]
        let active = self.kernels.gelu(&expanded);
        let contracted = affine(&active, &weights.contract, cb); // [r, h]
        let (result, behind_feed_forward) = self.residual_norm(1, contracted, &middle, (n2w, n2b));
        let saved = SavedGpuLayer {
            layer: self,
            weights,
            hidden,
            projected,
            attention,
            behind_attention,
            middle,
            inner: [expanded, active],
            behind_feed_forward,
        };
        (result, saved)
    }

    fn gathered(&self, all: &Tensor) -> Tensor {
        gathered(all, self.rows.as_ref())
    }

    /// Back in their places among rows of zeros, `[r, h]` to `[t, h]`.
    fn scattered(&self, some: Tensor, all: &Tensor) -> Tensor {
        match &self.rows {
            Some(rows) => all.zeros_like().index_copy_(0, &rows.indices, &some),
            None => some,
        }
    }

    /// A site of the layer, and the rows that are dropped there.
    fn drops(&self, of: usize) -> Drops<'_> {
        Drops {
            site: self.sites[of].for_kernels(),
            rows: self.rows.as_ref().map(|rows| &rows.numbers),
        }
    }

    /// `norm(dropout(x) + residual)` of the attention (0) or the feed-forward (1).
    fn residual_norm(
        &self,
        of: usize,
        x: Tensor,
        residual: &Tensor,
        (weight, bias): (&Tensor, &Tensor),
    ) -> (Tensor, Residual) {
        let drops = self.drops(of);
        let (y, statistics) =
            self.kernels
                .residual_norm([&x, residual], [weight, bias], self.eps[of], drops);
        let weight = weight.shallow_clone();
        let kept = Residual {
            x,
            weight,
            statistics,
        };
        (y, kept)
    }

    fn residual_norm_backward(
        &self,
        of: usize,
        gradient: &Tensor,
        residual: &Tensor,
        kept: &Residual,
    ) -> NormGradients {
        self.kernels.residual_norm_backward(
            gradient,
            [&kept.x, residual],
            &kept.weight,
            &kept.statistics,
            self.drops(of),
        )
    }
}

impl Saved for SavedGpuLayer {
    fn backward(self, gradient: &Tensor) -> Vec<Tensor> {
        tch::no_grad(|| self.gradients(gradient))
    }
}

impl SavedGpuLayer {
    fn gradients(self, gradient: &Tensor) -> Vec<Tensor> {
        let Self {
            layer,
            weights,
            hidden,
            projected,
            attention,
            behind_attention,
            middle,
            inner: [expanded, active],
            behind_feed_forward,
        } = self;
        let kernels = &layer.kernels;
        let norm = layer.residual_norm_backward(1, &bf16(gradient), &middle, &behind_feed_forward);
        drop(behind_feed_forward);
        let contract = weight_gradient(&active, &norm.x);
        drop(active);
        let inner = norm.x.mm(&weights.contract.tr()); // [r, i]
        let (inner, expand_bias) = kernels.gelu_backward(inner, &expanded);
        drop(expanded);
        let expand = weight_gradient(&middle, &inner);
        let mut gradient = norm.residual;
        let _ = gradient.addmm_(&inner, &weights.expand.tr()); // [r, h]
        drop(inner);

        let residual = layer.gathered(&hidden);
        let first = layer.residual_norm_backward(0, &gradient, &residual, &behind_attention);
        drop((behind_attention, middle, gradient, residual));
        let output = weight_gradient(&layer.gathered(&attention.mixed), &first.x);
        let mixed = layer.scattered(first.x.mm(&weights.output.tr()), &hidden); // [t, h]
        let parts = layer.layout.backward(&mixed, &projected, &attention);
        drop((attention, projected, mixed));
        let (parts, part_biases) = kernels.side_by_side(parts.each_ref()); // [t, 3h]
        let projections = weight_gradient(&hidden, &parts); // [h, 3h]
        let mut gradient = layer.scattered(first.residual, &hidden);
        let _ = gradient.addmm_(&parts, &weights.projections.tr());

        let h = gradient.size()[1];
        let mut found = vec![gradient];
        for part in 0..3 {
            found.push(projections.narrow(1, part * h, h).contiguous());
            found.push(part_biases.narrow(0, part * h, h));
        }
        found.extend([output, first.x_bias, first.weight, first.bias]);
        found.extend([expand, expand_bias, contract, norm.x_bias]);
        found.extend([norm.weight, norm.bias]);
        found
    }
}

/// `x · weight + bias`, bf16.
fn affine(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
    bf16(bias).addmm(x, weight)
}

/// `xᵀ · gradient` of bf16 matrices, in f32.
pub(super) fn weight_gradient(x: &Tensor, gradient: &Tensor) -> Tensor {
    x.tr().mm_dtype(gradient, Kind::Float)
}

pub(super) fn bf16(x: &Tensor) -> Tensor {
    x.to_kind(Kind::BFloat16).contiguous()
}

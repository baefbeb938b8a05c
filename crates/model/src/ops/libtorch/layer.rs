//! An encoder layer as one operation (method §4), by the pass that the device and the precision call for.
//!
//! The passes in f32 on the CPU are not here: `mod.rs` calls `cpu/f32.rs` before.

use tch::{Device, Kind};

use super::attention::gpu_attention;
use super::cpu::layer::SavedCpuLayer;
use super::gpu::kernels::{kernels_for, supports_head_width, supports_inner_width};
use super::gpu::layer::GpuLayer;
use super::graph::{Graph, leaf};
use super::graph_layer::Shape;
use super::node::{Argument, result};
use crate::input::ModelInput;
use crate::ops::contract::LayerParameters;
use crate::ops::dropout::Dropout;
use crate::ops::tensors::N_LAYER_TENSORS;
use crate::rows::Rows;

/// [`crate::ops::contract::Operations::encoder_layer`].
pub(super) fn encoder_layer(
    hidden: burn::tensor::Tensor<2>,
    layer: LayerParameters,
    input: &ModelInput,
    rows: &Rows,
    dropout: &Dropout,
    kind: Kind,
) -> burn::tensor::Tensor<2> {
    let shape = Shape::new(&hidden.device(), &layer, input, rows, dropout, kind);
    let arguments = layer.tensors(hidden, Argument::new, Argument::new);
    let tensors = arguments.each_ref().map(Argument::tensor);
    let device = tensors.hidden.device();
    if !arguments.hidden.is_tracked() {
        let output = tch::no_grad(|| shape.forward(&tensors, input));
        return result(
            output,
            arguments.into_array(),
            None::<Graph<N_LAYER_TENSORS>>,
        );
    }
    if device == Device::Cpu {
        let saved = SavedCpuLayer::forward(&shape, &tensors);
        return result(saved.output(), arguments.into_array(), Some(saved));
    }
    let (h, i) = (tensors.hidden.size()[1], tensors.expand_weight.size()[1]);
    let is_fit = supports_head_width(h / shape.heads.n_heads as i64) && supports_inner_width(i);
    let kernels = kernels_for(kind, device, h).filter(|_| is_fit);
    if let Some(kernels) = kernels {
        let layer = GpuLayer {
            kernels,
            attention: gpu_attention(input, &shape.heads),
            rows: shape.rows,
            attention_end: shape.attention_end,
            feed_forward_end: shape.feed_forward_end,
        };
        let (output, saved) = tch::no_grad(|| layer.forward(&tensors));
        return result(output, arguments.into_array(), Some(saved));
    }
    let leaves = tensors.map(leaf);
    let output = tch::with_grad(|| shape.forward(&leaves.each_ref(), input));
    let graph = Graph::new(leaves.into_array(), output);
    result(graph.output(), arguments.into_array(), Some(graph))
}

//! The fused implementation for LibTorch's devices: the CPU and NVIDIA GPUs.
//!
//! Each operation is one node of burn's autodiff. Inside it, LibTorch records its own graph of the parts that have no
//! backward pass here. The crate `libtorch` has the operations that `tch` has no names for.
//!
//! | device and precision | encoder layer | masked head |
//! | --- | --- | --- |
//! | CPU, f32 | the passes of `flex` on LibTorch's memory (`cpu/f32.rs`) | the passes of `flex` |
//! | CPU, bf16 | own attention (`cpu/attention.rs`), the rest in a graph (`cpu/layer.rs`) | own decoder, the rest in a graph |
//! | GPU, f32 | all in a graph (`graph_layer.rs`) | own decoder, the rest in a graph |
//! | GPU, bf16 | own backward pass, with kernels (`gpu/layer.rs`) | own decoder, with kernels, the rest in a graph |
//!
//! In a build without the feature `flex`, the CPU runs the passes of its second row in f32 too. A GPU without kernels runs the
//! passes of its first row in bf16 too. Without a backward pass, every device runs the forward pass of `graph_layer.rs` in f32.
#![expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]

mod attention;
mod cpu;
mod dropout;
mod embeddings;
mod gpu;
mod graph;
mod graph_layer;
mod head;
mod head_layout;
mod layer;
mod node;
mod rows;
mod tensors;

use burn::tensor::Tensor;
use tch::{Device, Kind};

use super::contract::{EmbeddingParameters, HeadParameters, LayerParameters, Operations};
use super::dropout::Dropout;
use crate::config::BertConfig;
use crate::input::ModelInput;
use crate::rows::Rows;

/// The fused operations of LibTorch's devices.
pub(super) struct LibTorch {
    /// The number type that matrices are multiplied in during training.
    kind: Kind,
}

pub(super) const F32: LibTorch = LibTorch { kind: Kind::Float };
pub(super) const BF16: LibTorch = LibTorch {
    kind: Kind::BFloat16,
};

impl LibTorch {
    /// Returns the number type for hidden states. Without a backward pass it is always f32: the numbers of an evaluation do
    /// not depend on how the model is trained.
    fn kind(&self, hidden: &Tensor<2>) -> Kind {
        if hidden.device().is_autodiff() {
            self.kind
        } else {
            Kind::Float
        }
    }
}

/// Says why a GPU cannot run the kernels for a model; `None` if it can.
pub(super) fn missing_kernels(device: Device, config: &BertConfig) -> Option<String> {
    gpu::kernels::missing_kernels(device, config)
}

impl Operations for LibTorch {
    fn embeddings(
        &self,
        parameters: EmbeddingParameters,
        input: &ModelInput,
        dropout: &Dropout,
    ) -> Tensor<2> {
        let kind = self.kind(&parameters.word);
        embeddings::embeddings(parameters, input, dropout, kind)
    }

    fn encoder_layer(
        &self,
        hidden: Tensor<2>,
        parameters: LayerParameters,
        input: &ModelInput,
        rows: &Rows,
        dropout: &Dropout,
    ) -> Tensor<2> {
        let kind = self.kind(&hidden);
        #[cfg(feature = "flex")]
        if cpu::f32::serves(&hidden, kind) {
            return cpu::f32::encoder_layer(hidden, parameters, input, rows, dropout);
        }
        layer::encoder_layer(hidden, parameters, input, rows, dropout, kind)
    }

    fn masked_loss(
        &self,
        hidden: Tensor<2>,
        parameters: HeadParameters,
        labels: &[i32],
        scale: f64,
    ) -> Tensor<1> {
        let kind = self.kind(&hidden);
        #[cfg(feature = "flex")]
        if cpu::f32::serves(&hidden, kind) {
            return cpu::f32::masked_loss(hidden, parameters, labels, scale);
        }
        head::masked_loss(hidden, parameters, labels, scale, kind)
    }
}

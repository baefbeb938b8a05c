//! LibTorch's own operations, for its CPU and NVIDIA devices.
//!
//! Each operation is one node of burn's graph; inside, LibTorch keeps a graph of its own where it has no backward pass from
//! here. What `tch` has no names for is in the crate `libtorch`.
#![expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]

mod attention;
mod dropout;
mod embeddings;
mod gpu_layer;
mod graph;
mod head;
mod host_attention;
#[cfg(feature = "flex")]
mod host_f32;
mod layer;
mod node;

use std::sync::Arc;

use burn::tensor::Tensor;
use libtorch::kernels::{Kernels, kernels};
use tch::{Device, Kind};

use super::{Dropout, EmbeddingParameters, HeadParameters, LayerParameters, Operations};
use crate::config::BertConfig;
use crate::input::ModelInput;
use crate::rows::Rows;

/// LibTorch's own.
pub(super) struct LibTorch {
    /// What matrices are multiplied in.
    kind: Kind,
}

pub(super) const F32: LibTorch = LibTorch { kind: Kind::Float };
pub(super) const BF16: LibTorch = LibTorch {
    kind: Kind::BFloat16,
};

impl LibTorch {
    /// Without a backward pass f32 always: figures of an evaluation do not depend on how the model is trained.
    fn kind(&self, hidden: &Tensor<2>) -> Kind {
        if hidden.device().is_autodiff() {
            self.kind
        } else {
            Kind::Float
        }
    }
}

/// The kernels of a device for a hidden width, where there are some: they take bf16, on a GPU.
fn kernels_for(kind: Kind, device: Device, width: i64) -> Option<Arc<Kernels>> {
    let is_fit = kind == Kind::BFloat16 && device.is_cuda();
    is_fit
        .then(|| kernels(device, width as usize).ok())
        .flatten()
}

/// [`super::lack_of_kernels`] of a GPU.
pub(super) fn lack_of_kernels(device: Device, config: &BertConfig) -> Option<String> {
    let (h, i, n) = (
        config.hidden_size,
        config.intermediate_size,
        config.num_attention_heads,
    );
    let lack = kernels(device, h).err();
    lack.or_else(|| {
        let fits = attention::is_head_fit((h / n) as i64) && i.is_multiple_of(8);
        (!fits).then(|| {
            format!(
                "heads of {} or a feed-forward of {i} do not fit them",
                h / n
            )
        })
    })
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
        if host_f32::serves(&hidden, kind) {
            return host_f32::encoder_layer(hidden, parameters, (input, rows), dropout);
        }
        layer::encoder_layer(hidden, parameters, (input, rows), dropout, kind)
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
        if host_f32::serves(&hidden, kind) {
            return host_f32::masked_loss(hidden, parameters, labels, scale);
        }
        head::masked_loss(hidden, parameters, labels, scale, kind)
    }
}

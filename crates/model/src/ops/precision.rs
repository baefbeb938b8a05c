//! What matrices are multiplied in.

use burn::tensor::Device;
use device::is_libtorch;
use serde::{Deserialize, Serialize};

use super::Bodies;

/// What matrices are multiplied in while training; weights, norms, losses, gradients of weights and updates are f32 always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits with the exponents of f32 (mixed precision, Micikevicius et al. 2018; its range needs no scaled loss).
    Bf16,
}

impl Precision {
    /// Whether operations of a device have it: of bf16, LibTorch's own.
    pub(crate) fn is_had_by(self, bodies: Bodies, device: &Device) -> bool {
        self == Self::F32 || (bodies == Bodies::Native && is_libtorch(device))
    }
}

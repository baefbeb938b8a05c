//! The number type that matrices are multiplied in.

use burn::tensor::Device;
use device::is_libtorch;
use serde::{Deserialize, Serialize};

use super::implementation::Implementation;

/// The number type that matrices are multiplied in during training.
///
/// Weights, norms, losses, gradients of weights and updates are f32 in every case, and so is a model that is evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits with the exponents of f32 (mixed precision, Micikevicius et al. 2018). Its range is that of f32, so the loss
    /// need not be scaled.
    Bf16,
}

impl Precision {
    /// Whether an implementation supports this precision on a device. Only the fused one on LibTorch's devices has bf16.
    pub(crate) fn is_supported_by(self, implementation: Implementation, device: &Device) -> bool {
        self == Self::F32 || (implementation == Implementation::Fused && is_libtorch(device))
    }
}

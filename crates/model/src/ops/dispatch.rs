//! Dispatch: from a device to the operations that a model runs there.

use burn::tensor::Device;
#[cfg(feature = "flex")]
use device::is_flex;
#[cfg(feature = "tch")]
use device::{is_libtorch, libtorch_device};

use super::contract::Operations;
#[cfg(feature = "flex")]
use super::flex;
use super::implementation::Implementation;
#[cfg(feature = "tch")]
use super::libtorch;
use super::precision::Precision;
use super::reference::Reference;
use crate::config::BertConfig;

/// Returns the operations for a device. The caller has checked that they support the precision.
pub(crate) fn operations(
    implementation: Implementation,
    precision: Precision,
    device: &Device,
) -> &'static dyn Operations {
    match implementation {
        #[cfg(feature = "flex")]
        Implementation::Fused if is_flex(device) => &flex::Flex,
        #[cfg(feature = "tch")]
        Implementation::Fused if is_libtorch(device) => match precision {
            Precision::F32 => &libtorch::F32,
            Precision::Bf16 => &libtorch::BF16,
        },
        _ => {
            let _ = (precision, device);
            &Reference
        }
    }
}

/// Says why a GPU cannot run this project's kernels and falls back to LibTorch's own operations in bf16. `None` if it runs
/// them, and for other devices, which have no such kernels.
pub(crate) fn missing_kernels(device: &Device, config: &BertConfig) -> Option<String> {
    #[cfg(feature = "tch")]
    if let Some(target) = libtorch_device(device)
        && target.is_cuda()
    {
        return libtorch::missing_kernels(target, config);
    }
    let _ = (device, config);
    None
}

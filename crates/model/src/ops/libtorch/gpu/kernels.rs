//! Which models and devices have kernels.

use std::sync::Arc;

use libtorch::kernels::{Kernels, kernels};
use tch::{Device, Kind};

use crate::config::BertConfig;

/// The widest head of flash attention.
const WIDEST_HEAD: i64 = 256;

/// Whether the attention kernels of GPUs support heads of a width: they read rows 16 bytes at a time.
pub(crate) fn supports_head_width(d: i64) -> bool {
    d % 8 == 0 && d <= WIDEST_HEAD
}

/// Whether the kernels support a feed-forward of a width.
pub(crate) fn supports_inner_width(i: i64) -> bool {
    i % 8 == 0
}

/// Returns the kernels of a device for a hidden width, if there are any: they exist for bf16 on a GPU.
pub(crate) fn kernels_for(kind: Kind, device: Device, width: i64) -> Option<Arc<Kernels>> {
    let is_fit = kind == Kind::BFloat16 && device.is_cuda();
    is_fit
        .then(|| kernels(device, width as usize).ok())
        .flatten()
}

/// Says why a GPU cannot run the kernels for a model; `None` if it can.
pub(crate) fn missing_kernels(device: Device, config: &BertConfig) -> Option<String> {
    let (h, i) = (config.hidden_size, config.intermediate_size);
    let d = h / config.num_attention_heads;
    let missing = kernels(device, h).err();
    missing.or_else(|| {
        let is_fit = supports_head_width(d as i64) && supports_inner_width(i as i64);
        (!is_fit).then(|| {
            format!(
                "heads are {d} wide and the feed-forward {i}; expected multiples of 8, for heads up to {WIDEST_HEAD}"
            )
        })
    })
}

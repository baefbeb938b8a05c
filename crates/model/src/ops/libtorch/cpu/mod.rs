//! On the CPU: passes that are faster there than LibTorch's own.

pub(super) mod attention;
#[cfg(feature = "flex")]
pub(super) mod f32;
pub(super) mod layer;

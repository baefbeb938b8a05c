//! The few large operations that a step consists of, behind one trait, so that a device can have its own implementation.
//!
//! [`contract`] says what an implementation must give, and [`dispatch`] chooses one. [`reference`] is written in burn's
//! operations, runs on every device, and is what tests hold the others against. `flex` has fused forward and backward
//! passes for the pure-Rust CPU device, `libtorch` has them for LibTorch's devices.

pub(crate) mod contract;
pub(crate) mod dispatch;
pub(crate) mod dropout;
#[cfg(feature = "flex")]
mod flex;
pub(crate) mod implementation;
#[cfg(feature = "tch")]
mod libtorch;
#[cfg(any(feature = "flex", feature = "tch"))]
mod node;
pub(crate) mod precision;
pub(crate) mod reference;
#[cfg(any(feature = "flex", feature = "tch"))]
mod tensors;

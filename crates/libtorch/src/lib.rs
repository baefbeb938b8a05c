//! The boundary to LibTorch: what it can do and `tch` has no names for, as functions that are safe to call.
//!
//! All C++ and CUDA of the project, and nearly all of its `unsafe`, stand here. Without the feature `tch` there is nothing.
//!
//! Dimensions: `b` examples, `t` pieces of all, `h` hidden width, `n` heads, `d` width of a head.
#![cfg(feature = "tch")]

pub mod attention;
mod call;
pub mod host;
pub mod kernels;
pub mod memory;
pub mod transfer;
pub mod update;

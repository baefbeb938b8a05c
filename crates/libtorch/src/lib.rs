//! The boundary to LibTorch: safe functions for operations that the crate `tch` does not offer.
//!
//! The project's C++ and CUDA code, and nearly all of the project's `unsafe`, are in this crate. Without the feature
//! `tch` the crate is empty.
//!
//! - `transfer` copies integers to a GPU without making the host wait. `host` makes CPU tensors from vectors, and gives
//!   the numbers of a CPU tensor as a slice. The slice is not a copy.
//! - `attention` is attention on a GPU over examples that lie end to end. `kernels` has GPU kernels for the operations
//!   between the matrix products of a layer. They are compiled at run time.
//! - `collective` sums and gathers tensors over several processes.
//! - `update` updates all parameters in a few calls.
//! - `memory` reads the peak memory of a GPU.
//!
//! Dimensions: `b` examples, `t` pieces of all examples, `h` hidden width, `n` heads, `d` width of a head.
//!
#![cfg_attr(feature = "tch", doc = "```")]
#![cfg_attr(not(feature = "tch"), doc = "```ignore")]
//! use libtorch::host;
//!
//! let matrix = host::tensor(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]);
//! let transposed = matrix.tr().contiguous();
//! assert_eq!(host::slice(&transposed), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
//! ```
#![cfg(feature = "tch")]

pub mod attention;
mod call;
pub mod collective;
pub mod host;
pub mod kernels;
pub mod memory;
pub mod transfer;
pub mod update;

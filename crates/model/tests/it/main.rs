//! The model on every device of the build: reference values of transformers, training, checkpoints in and out.
//!
//! Tests of an NVIDIA GPU are ignored unless asked for:
//! `cargo test -p model --features tch --test it gpu -- --ignored`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod as_saved;
#[cfg(feature = "tch")]
mod bf16;
mod checkpoint;
mod damaged;
#[cfg(feature = "tch")]
mod gpu;
mod heads;
mod numbers;
mod reference;
mod reference_folder;
mod task_heads;
mod tensorflow;
mod training;

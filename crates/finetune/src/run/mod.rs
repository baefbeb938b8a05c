//! The fine-tuning of a model: seeds, epochs, steps, selection and results.
//!
//! Read in this order: `finetune.rs` (all seeds), `seed.rs` (the loop of one seed), `step.rs` (one step), `predict.rs`
//! (evaluation).

mod checkpoint;
pub(crate) mod definition;
mod export;
pub(crate) mod finetune;
mod folder;
pub(crate) mod predict;
pub(crate) mod progress;
pub(crate) mod results;
mod seed;
mod speed;
mod start;
mod state;
mod step;

//! The optimizer with a model: steps of fine-tuning against those of transformers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod steps;

//! Tests of the crate through its public functions.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkpoints;
mod damage;
mod reference;
mod small;

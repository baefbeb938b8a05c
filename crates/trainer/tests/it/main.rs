//! Whole runs on a small corpus, on the pure-Rust CPU device, where results are exact.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod changes;
mod checkpoints;
mod events;
mod held_out;
mod judges;
#[cfg(feature = "tch")]
mod libtorch;
mod muon;
mod not_finite;
mod resume;
mod runs;
mod throughput;
mod unreached;

//! Corpus to shards: the same bytes for any number of threads, whole or not at all, everything counted.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod counting;
mod cut;
mod determinism;
mod killing;
mod material;
mod occupied;
mod planning;
mod quality;
mod tasks;

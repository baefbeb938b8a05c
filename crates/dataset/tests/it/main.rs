//! Shards to batches: the same examples for any number of threads and any micro-batches, drawn anew in every epoch.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod epochs;
mod export;
mod held_out;
mod loading;
mod material;
mod megatron;
mod mixing;
mod pairs;
mod steps;
mod tfrecord;

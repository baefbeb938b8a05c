//! Shards to batches and to files for other programs: every epoch draws new masks, and threads or micro-batches change nothing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod epochs;
mod export;
mod held_out;
mod loading;
mod megatron;
mod mixing;
mod orders;
mod pairs;
mod rates;
mod rows;
mod steps;
mod tfrecord;

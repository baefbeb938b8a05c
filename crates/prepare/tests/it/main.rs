//! Corpus to shards: the bytes do not depend on the number of threads, a killed run leaves all shards or none, and every
//! dropped record and cut sentence is counted.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod counting;
mod cut;
mod determinism;
mod killing;
mod occupied;
mod planning;
mod preparation;
mod quality;
mod tasks;

//! The parallel driver from documents to shards.
//!
//! Documents are read in order, cut into sentences, units and examples by all cores a chunk at a time, and written in
//! order: the shards are the same bytes for any number of threads. Memory is bounded by a chunk of text
//! ([`CHUNK_BYTES`]), what its examples take, and the longest document.

mod chunk;
mod driver;
mod folder;

pub use driver::{Finished, PrepareError, PrepareJob, Progress, Times, prepare};
pub use folder::State;

/// Text that is worked on at once, in bytes; a document larger than that is a chunk of its own.
pub const CHUNK_BYTES: usize = 8 << 20;

#[cfg(test)]
mod tests;

//! The parallel driver from documents to shards.
//!
//! Documents are read in order, cut into sentences, units and examples by all cores a chunk at a time, and written in
//! order: the shards are the same bytes for any number of threads. Memory is bounded by a chunk of text
//! ([`CHUNK_BYTES`], [`CHUNK_DOCUMENTS`]), what its examples take, and the longest document.

mod chunk;
mod difference;
mod driver;
mod error;
mod folder;
mod job;
mod plan;
mod sink;

pub use driver::prepare;
pub use error::PrepareError;
pub use job::{Finished, PrepareJob, Progress, Times};
pub use plan::{Plan, plan};

/// Text that is worked on at once, in bytes; a document larger than that is a chunk of its own.
pub const CHUNK_BYTES: usize = 8 << 20;
/// The most documents that are worked on at once.
pub const CHUNK_DOCUMENTS: usize = 4096;

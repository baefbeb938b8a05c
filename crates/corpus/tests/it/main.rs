//! Files of every format to documents: what is read, what is dropped and counted, what is refused, and how tasks share it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod dropping;
mod encodings;
mod files;
mod finding;
mod jsonl;
mod packing;
mod parquet;
mod reading;
mod sharing;

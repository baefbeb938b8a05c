//! Shards on disk: what is written is read back, and files that are damaged or do not belong together are refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod folders;
mod reading;
mod refusing;

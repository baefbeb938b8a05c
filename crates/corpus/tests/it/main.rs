//! Files of every format to documents: what is read, what is dropped and counted, what is refused, and how tasks share it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod dropping;
mod files;
mod finding;
mod reading;
mod sharing;

//! Masks of whole examples: statistics of the selection, the cap on fallbacks, and the audit of both.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod auditing;
mod expectations;
mod fallbacks;
mod sequences;

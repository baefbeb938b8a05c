//! Integration tests of the crate.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod label_scores;
mod reference;
mod span_scores;
mod spelling_scores;

//! Integration tests of the crate.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod inputs;
mod label_scores;
mod published_files;
mod reference;
mod span_scores;
mod spelling_scores;
mod windows;

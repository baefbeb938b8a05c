//! Integration tests of the crate.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod inputs;
mod kinds;
mod label_scores;
mod published_files;
mod reference;
mod refused;
mod runs;
mod span_scores;
mod spelling_scores;
mod tiny;
mod windows;

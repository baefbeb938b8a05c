//! The similar-word table as masking uses it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod no_allocation;

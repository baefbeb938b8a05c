//! The similar-word table as masking uses it, and the list that the project ships.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod no_allocation;
mod shipped_list;

//! What is written is read; what is damaged or does not belong is refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod material;
mod reading;
mod refusing;

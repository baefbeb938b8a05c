//! The program as people use it: what it prints, how it ends, and what a killed run leaves.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod continuing;
mod corpus;
#[cfg(not(any(feature = "tch", feature = "cuda", feature = "vulkan")))]
mod devices;
mod finetuning;
#[cfg(unix)]
mod full_disk;
mod help;
mod job;
mod killing;
mod mixing;
mod reading;
mod small_job;
mod small_study;
mod study;
mod study_changes;
mod synonyms;
mod tensorflow;
#[cfg(all(feature = "tch", target_os = "linux"))]
mod together;
mod tokenizers;

//! Reads the files of tasks as they are published, packed (gzip, Zstandard) or not.
//!
//! Every error names the file and the line. What is left out is counted.

pub(crate) mod columns;
pub(crate) mod error;
pub(crate) mod labels;
pub(crate) mod questions;
pub(crate) mod rows;
pub(crate) mod spelling;
pub(crate) mod tags;
pub(crate) mod texts;
mod unpack;

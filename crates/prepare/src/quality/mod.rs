//! Judges a corpus beside the counts of its manifest: unknown characters, broken lines, duplicates.

pub(crate) mod duplicates;
pub(crate) mod near;
pub(crate) mod report;
pub(crate) mod signature;
mod signature_file;
pub(crate) mod tally;
pub(crate) mod unknown;

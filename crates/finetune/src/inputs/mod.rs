//! Turns examples into inputs of a model: pieces, segments, and the positions that a head reads.

pub(crate) mod batch;
pub(crate) mod characters;
pub(crate) mod texts;

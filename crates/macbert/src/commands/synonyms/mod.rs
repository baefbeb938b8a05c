//! `macbert synonyms`: word vectors, and the similar-word table that is compiled from them.

pub(crate) mod build;
mod cut;
pub(crate) mod dump;
pub(crate) mod eval;
mod open;
pub(crate) mod show;
pub(crate) mod train;

//! Measures how good vectors and tables are, against people's judgements, a thesaurus and lists of opposites.

pub(crate) mod bands;
pub(crate) mod human;
pub(crate) mod map;
pub(crate) mod precision;
mod spearman;

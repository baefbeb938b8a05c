//! Configs: TOML files without unknown keys. A config is checked completely before anything else is read.

pub(crate) mod check;
pub(crate) mod fingerprint;
pub(crate) mod fit;
pub(crate) mod job;
pub(crate) mod keys;
pub(crate) mod load;
pub(crate) mod paths;
pub(crate) mod resolve;
pub(crate) mod study;
pub(crate) mod study_check;
pub(crate) mod study_load;
#[cfg(test)]
pub(crate) mod study_tests;
pub(crate) mod task;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod words;

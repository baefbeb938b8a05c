//! The report of a study: results of runs, comparisons of arms, and what follows, in words.

pub(crate) mod comparison;
pub(crate) mod costs;
pub(crate) mod results;
pub(crate) mod run_results;
pub(crate) mod statistics;
pub(crate) mod tasks;
pub(crate) mod words;

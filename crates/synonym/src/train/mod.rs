//! Trains word vectors on segmented text: skip-gram with negative sampling, as word2vec.c does it.
//!
//! Terms of this module: a window has a *centre word* in its middle and *context words* around it. *Negative samples*
//! are words that are drawn as wrong centre words.

mod draws;
pub(crate) mod error;
#[expect(
    clippy::inline_always,
    reason = "generic code must be inlined into the function that enables its vector instructions"
)]
mod kernel;
mod negatives;
pub(crate) mod options;
mod rows;
pub(crate) mod run;
pub(crate) mod text;
pub(crate) mod trained;
mod worker;

#[cfg(test)]
mod tests;

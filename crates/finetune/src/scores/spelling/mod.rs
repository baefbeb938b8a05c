//! Scores of spelling correction. Published figures follow several rules, which differ by up to seven points on the same
//! predictions.
//!
//! Source, target and prediction of a sentence have equal lengths. A position is *gold* if source and target differ there,
//! and *predicted* if source and prediction differ. A sentence is *detected* if it has gold positions and they equal the
//! predicted ones; it is *corrected* if the characters are equal too.

pub(crate) mod bake_off;
pub(crate) mod character;
pub(crate) mod ratio;
pub(crate) mod sentence;
pub(crate) mod sentence_level;
pub(crate) mod spellgcn;

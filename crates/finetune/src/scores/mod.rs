//! Scores, each named for the program that computes it or for its rule.
//!
//! | file | scores |
//! | --- | --- |
//! | `classes.rs` | accuracy, Matthews' coefficient, F1 of a class, macro and micro F1, as scikit-learn |
//! | `entities.rs` | F1 of entities, strict (IOB2) and lenient (`conlleval`), as seqeval |
//! | `cmrc.rs` | exact match and F1 of CMRC 2018; MacBERT's authors score DRCD with them too |
//! | `squad.rs` | exact match and F1 by SQuAD's rules |
//! | `cjrc.rs` | exact match and F1 of CJRC |
//! | `spelling/` | spelling correction, by sentence and by position, by every rule in use |
//! | `named.rs`, `named_spelling.rs` | all scores of a task by their names, in percent |

mod bag;
pub(crate) mod cjrc;
pub(crate) mod classes;
pub(crate) mod cmrc;
mod cmrc_words;
pub(crate) mod entities;
pub(crate) mod named;
pub(crate) mod named_spelling;
pub(crate) mod span_score;
pub(crate) mod spelling;
pub(crate) mod squad;
pub(crate) mod unicode;

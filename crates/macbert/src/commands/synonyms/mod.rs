//! `macbert synonyms`: vectors of words, and the similar-word table made of them.

mod build;
mod cut;
mod dump;
mod eval;
mod open;
mod running;
mod show;
mod train;

use anyhow::Result;
use synonym::FunctionWords;

use crate::config::Config;

pub(crate) use build::{open_or_build, run as build};
pub(crate) use dump::run as dump;
pub(crate) use eval::{Part, run as eval};
pub(crate) use show::run as show;
pub(crate) use train::run as train;

/// The words that the config lists apart.
pub(crate) fn function_words(config: &Config) -> Result<FunctionWords> {
    let path = config
        .similar_words
        .as_ref()
        .and_then(|section| section.function_words.as_ref());
    path.map_or_else(
        || Ok(FunctionWords::default()),
        |path| Ok(FunctionWords::read(&config.path(path))?),
    )
}

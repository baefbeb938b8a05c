//! Whether shards fit the config of a run: they must come from the same vocabulary, similar-word table and options.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use prepare::config_difference;
use repro::sha256_file;
use segment::Vocabulary;
use shard::Manifest;

use super::fingerprint::shards_fingerprint;
use super::job::Config;
use crate::failure::usage_error;

/// Refuses shards whose config, vocabulary or similar-word table differs from the job's.
///
/// In a mixture only the shards in `shards.directory` were prepared with this config. The other folders have other
/// corpora, and only have to agree in what the model depends on.
pub(crate) fn check_shards(config: &Config, folder: &Path) -> Result<()> {
    let manifest = Manifest::read(folder)?;
    let is_own = folder == config.path(&config.shards.directory);
    let difference = if is_own {
        config_difference(&manifest.config, &shards_fingerprint(config)?)
    } else {
        misfit(config, &manifest)
    };
    let difference = match difference {
        Some(difference) => Some(difference),
        None => file_difference(config, &manifest)?,
    };
    match difference {
        None => Ok(()),
        Some(difference) => Err(usage_error(anyhow!(
            "the shards in {} were made with another {difference}; prepare them again",
            folder.display()
        ))),
    }
}

/// Compares a config with shards that another config prepared. Returns the first difference that the model depends on.
fn misfit(config: &Config, manifest: &Manifest) -> Option<String> {
    let differ = |what: &str, there: &dyn Display, here: &dyn Display| {
        let (there, here) = (there.to_string(), here.to_string());
        (there != here).then(|| format!("config: {what} there {there}, here {here}"))
    };
    let (length, case) = (config.examples.max_length, config.segment.lower_case);
    differ("examples.max_length", &manifest.max_length, &length).or_else(|| {
        let there = manifest.segmenter.lower_case;
        differ("segment.lower_case", &there, &case)
    })
}

/// Compares the vocabulary and the similar-word table of a config with those that the shards were made with. Returns
/// the first that differs.
///
/// A file that does not exist is not compared. Shards have copies of both files, so they can be trained on without
/// them.
fn file_difference(config: &Config, manifest: &Manifest) -> Result<Option<String>> {
    let difference = |what: &str, there: Option<&str>, path: &Path, here: &str| {
        let there_or_none = there.unwrap_or("none");
        (there != Some(here)).then(|| {
            let path = path.display();
            format!("{what}: there {there_or_none}, {path} is {here}")
        })
    };
    let path = config.path(&config.vocabulary.path);
    if let Some(path) = Vocabulary::find(&path) {
        // The hash is of the pieces, because line ends do not make another vocabulary.
        let here = Vocabulary::read(&path)?;
        let there = Some(manifest.vocabulary.sha256.as_str());
        let found = difference("vocabulary", there, &path, here.sha256());
        if found.is_some() {
            return Ok(found);
        }
    }
    let table = config.similar_words.as_ref();
    let table = table.map(|section| config.path(&section.table));
    let Some(path) = table.filter(|path| path.exists()) else {
        return Ok(None);
    };
    let here = sha256_file(&path).with_context(|| format!("could not read {}", path.display()))?;
    let there = manifest.table_sha256.as_deref();
    Ok(difference("similar-word table", there, &path, &here))
}

//! Whether shards fit the config of a run: they must come from the same vocabulary, similar-word table and options.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use prepare::config_difference;
use repro::sha256_file;
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
    let table = config.similar_words.as_ref().map(|section| &section.table);
    let files = [
        (
            "vocabulary",
            Some(&config.vocabulary.path),
            Some(&manifest.vocabulary.sha256),
        ),
        ("similar-word table", table, manifest.table_sha256.as_ref()),
    ];
    for (what, path, there) in files {
        let path = path.map(|path| config.path(path));
        let Some(path) = path.filter(|path| path.exists()) else {
            continue;
        };
        let here =
            sha256_file(&path).with_context(|| format!("could not read {}", path.display()))?;
        if there != Some(&here) {
            let there = there.map_or("none", String::as_str);
            return Ok(Some(format!(
                "{what}: there {there}, {} is {here}",
                path.display()
            )));
        }
    }
    Ok(None)
}

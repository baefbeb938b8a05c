//! The fingerprints of a config that shards and checkpoints keep.
//!
//! `prepare` writes [`shards_fingerprint`] into the manifest, and `pretrain` refuses shards whose fingerprint differs from
//! its config's. `pretrain` writes [`run_fingerprint`] into every checkpoint, and `--resume` compares it with the config's.
//! The table of keys (`keys.rs`) says for every key which of them it belongs to.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use dataset::{TrainingExamples, WeightedFolder};
use repro::{sha256_file, sha256_hex};
use serde_json::Value;
use shard::{MANIFEST, Manifest, Split};

use super::job::Config;
use super::keys::{Decides, decides};

/// Returns the fingerprint that the manifest of shards keeps: the keys that decide shards, with their values, and the
/// hash of the list of documents to leave out.
pub(crate) fn shards_fingerprint(config: &Config) -> Result<Value> {
    let mut fingerprint = serde_json::json!({
        "seed": config.shards_seed(),
        "corpus": serde_json::to_value(&config.corpus)?,
        "segment": serde_json::to_value(&config.segment)?,
        "examples": serde_json::to_value(&config.examples)?,
        "held_out_share": config.shards.held_out_share,
        "examples_per_shard": config.shards.examples_per_shard,
    });
    if let Some(likeness) = config.shards.near_duplicates {
        fingerprint["near_duplicates"] = likeness.into();
    }
    if let Some(list) = &config.corpus.drop_list {
        let list = config.path(list);
        let sha256 = sha256_file(&list).with_context(|| list.display().to_string());
        fingerprint["drop_list_sha256"] = sha256.context("corpus.drop_list")?.into();
    }
    Ok(fingerprint)
}

/// Returns the fingerprint that the checkpoints of a run keep: the keys that decide a run or its course, with their
/// values, and the hashes of the files of the shards and of the similar-word table. The trainer adds the hash of the vocabulary.
pub(crate) fn run_fingerprint(
    config: &Config,
    train: &TrainingExamples,
    held_out: Option<&TrainingExamples>,
) -> Result<BTreeMap<String, Value>> {
    let mut fingerprint = run_keys(config)?;
    fingerprint.insert(
        "shards.train".to_owned(),
        file_hashes(train, Split::Train).into(),
    );
    fingerprint.insert(
        "shards.held_out".to_owned(),
        held_out
            .map(|held_out| file_hashes(held_out, Split::HeldOut))
            .unwrap_or_default()
            .into(),
    );
    if !config.mixture.is_empty() {
        let folders = config.mixture.iter().zip(train.shards());
        let folders = folders.map(|(part, shards)| {
            let n_files = shards.manifest().files(Split::Train).len();
            serde_json::json!({ "weight": part.weight, "train_files": n_files })
        });
        fingerprint.insert("mixture".to_owned(), folders.collect());
    }
    let table = train.shards()[0].manifest().table_sha256.clone();
    fingerprint.insert("similar_words".to_owned(), table.into());
    Ok(fingerprint)
}

/// Returns the keys that decide a run or its course, with their values. For `[masking]` these are the values of the resolved
/// objective.
pub(crate) fn run_keys(config: &Config) -> Result<BTreeMap<String, Value>> {
    let mut keys = keys_of([
        ("pairs", serde_json::to_value(&config.pairs)?),
        ("masking", serde_json::to_value(config.objective()?)?),
        ("model", serde_json::to_value(&config.model)?),
        ("optimizer", serde_json::to_value(&config.optimizer)?),
        ("train", serde_json::to_value(&config.train)?),
    ]);
    keys.retain(|key, _| decides(key).is_some_and(Decides::is_of_runs));
    keys.insert("seed".to_owned(), config.seed.into());
    Ok(keys)
}

/// Returns the keys of sections as `section.key`, with their values.
pub(crate) fn keys_of<'s>(
    sections: impl IntoIterator<Item = (&'s str, Value)>,
) -> BTreeMap<String, Value> {
    let mut keys = BTreeMap::new();
    for (section, values) in sections {
        for (key, value) in values.as_object().into_iter().flatten() {
            keys.insert(format!("{section}.{key}"), value.clone());
        }
    }
    keys
}

/// Returns a hash over the vocabulary, the similar-word table and the files of folders of shards; `None` if a folder is not
/// prepared yet.
pub(crate) fn shards_sha256(folders: &[WeightedFolder]) -> Result<Option<String>> {
    let mut hashes = Vec::new();
    for WeightedFolder { path, .. } in folders {
        if !path.join(MANIFEST).exists() {
            return Ok(None);
        }
        let manifest = Manifest::read(path)?;
        hashes.push(serde_json::json!({
            "train": hashes_of(&manifest, Split::Train).collect::<Vec<_>>(),
            "held_out": hashes_of(&manifest, Split::HeldOut).collect::<Vec<_>>(),
            "vocabulary": manifest.vocabulary.sha256,
            "similar_words": manifest.table_sha256,
        }));
    }
    Ok(Some(sha256_hex(Value::from(hashes).to_string())))
}

/// Returns the SHA-256 of each file of one side, in the order of the folders.
fn file_hashes(examples: &TrainingExamples, split: Split) -> Vec<String> {
    let folders = examples.shards().iter();
    let hashes = folders.flat_map(|shards| hashes_of(shards.manifest(), split));
    hashes.map(str::to_owned).collect()
}

/// Returns the SHA-256 of each file of one side of a folder.
fn hashes_of(manifest: &Manifest, split: Split) -> impl Iterator<Item = &str> {
    let files = manifest.files(split).iter();
    files.map(|file| file.sha256.as_str())
}

#[cfg(test)]
mod tests {
    use super::{run_keys, shards_fingerprint};
    use crate::config::keys::{Decides, KEYS};
    use crate::config::tests::tiny;

    #[test]
    fn a_key_that_decides_nothing_is_in_no_fingerprint() {
        let config = tiny(&["train.peak_tflops=1", "shards.near_duplicates=0.8"]);
        let run = run_keys(&config).expect("a fingerprint");
        let shards = shards_fingerprint(&config).expect("a fingerprint");
        for entry in &KEYS {
            let (_, last) = entry.name.rsplit_once('.').unwrap_or(("", entry.name));
            let (in_run, in_shards) = (run.contains_key(entry.name), shards.get(last).is_some());
            match entry.decides {
                Decides::Nothing => assert!(!in_run && !in_shards, "{}", entry.name),
                Decides::Course if entry.name != "optimizer" => {
                    assert!(in_run && !in_shards, "{}", entry.name);
                }
                Decides::ShardsAndRun => assert!(in_run && in_shards, "{}", entry.name),
                _ => {}
            }
        }
        for key in ["examples", "held_out_share", "near_duplicates"] {
            assert!(shards.get(key).is_some(), "{key}");
        }
    }

    #[test]
    fn runs_of_several_seeds_share_the_shards_of_one_seed() {
        let of = |changes: &[&str]| shards_fingerprint(&tiny(changes)).expect("a fingerprint");
        let one = of(&["seed=1"]);
        assert_ne!(one, of(&["seed=2"]));
        assert_eq!(one, of(&["seed=2", "shards.seed=1"]));
        assert_eq!(one, of(&["seed=1", "shards.seed=1"]));
    }

    /// Runs that were made before the key existed can be resumed.
    #[test]
    fn a_run_without_a_last_rate_has_no_such_key() {
        let of = |changes: &[&str]| run_keys(&tiny(changes)).expect("a fingerprint");
        assert!(!of(&[]).contains_key("masking.last_rate"));
        assert_eq!(of(&["masking.last_rate=0.1"])["masking.last_rate"], 0.1);
    }

    #[test]
    fn a_run_is_told_from_another_by_the_keys_that_decide_it() {
        let of = |change: &str| run_keys(&tiny(&[change])).expect("a fingerprint");
        let run = of("train.steps=2000");
        assert_eq!(run, of("train.loader_threads=7"));
        assert_eq!(run, of("output.directory=elsewhere"));
        assert_eq!(run, of("train.log_every=7"));
        assert_ne!(run, of("train.steps=2001"));
        assert_ne!(run, of("seed=1"));
        assert_ne!(run, of("masking.rate=0.2"));
        assert_ne!(run, of("masking.last_rate=0.1"));
        assert_ne!(run, of("pairs.objective=none"));
    }
}

//! The fingerprints of a config that shards and checkpoints keep, and the table that says what each key decides.
//!
//! `prepare` writes [`shards_fingerprint`] into the manifest, and `pretrain` refuses shards whose fingerprint differs from
//! its config's. `pretrain` writes [`run_fingerprint`] into every checkpoint, and `--resume` refuses a checkpoint whose
//! fingerprint differs. [`KEYS`] says for every key which of them it belongs to.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use dataset::TrainingExamples;
use repro::sha256_file;
use serde_json::Value;
use shard::Split;

use super::job::Config;

/// What a key decides. This also says what happens if the key changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decides {
    /// The bytes of shards. `pretrain` refuses shards with another value; they have to be prepared again. A run depends on
    /// these keys through the hashes of its shards.
    Shards,
    /// The results of a run. `--resume` refuses checkpoints with another value.
    Run,
    /// The bytes of shards and the results of a run.
    ShardsAndRun,
    /// The contents of a file that the key names or describes. The path may change. Other contents are refused:
    /// manifests, tables and checkpoints keep hashes of the files, and of the options that they were made with.
    Contents,
    /// Neither shards nor results. The key may change before a run is resumed; [`KEYS`] says what happens then.
    Nothing,
}

/// A key of a job's config and what it decides.
struct Key {
    /// The name of a key or a section. A section stands for all keys in it that have no entry of their own.
    name: &'static str,
    decides: Decides,
}

const fn key(name: &'static str, decides: Decides) -> Key {
    Key { name, decides }
}

/// Every key of a job's config. A comment above a key that decides nothing says what happens if it changes.
const KEYS: [Key; 22] = [
    key("seed", Decides::ShardsAndRun),
    key("vocabulary.path", Decides::Contents),
    // A vocabulary that is there stays as it is.
    key("vocabulary.build", Decides::Nothing),
    key("corpus", Decides::Shards),
    key("segment", Decides::Shards),
    key("similar_words", Decides::Contents),
    // The coverage statistic of the next preparation leaves out other words.
    key("similar_words.function_words", Decides::Nothing),
    key("examples", Decides::Shards),
    key("shards", Decides::Shards),
    // Shards are written to and read from another folder.
    key("shards.directory", Decides::Nothing),
    key("mixture", Decides::Run),
    key("pairs", Decides::Run),
    key("masking", Decides::Run),
    key("model", Decides::Run),
    key("optimizer", Decides::Run),
    key("train", Decides::Run),
    // The examples stay the same; another number of threads draws them.
    key("train.loader_threads", Decides::Nothing),
    // Later checkpoints are written at other steps.
    key("train.checkpoint_every", Decides::Nothing),
    // When the next checkpoint is written, the oldest are removed until the new number is left.
    key("train.keep_checkpoints", Decides::Nothing),
    // The run stops when more than the new number of steps have been skipped.
    key("train.max_skipped_steps", Decides::Nothing),
    // New lines of `timing.jsonl` have the utilisation relative to the new peak.
    key("train.peak_tflops", Decides::Nothing),
    // Checkpoints are written to, and looked for in, another folder.
    key("output.directory", Decides::Nothing),
];

/// Returns what a key decides: from the key's own entry in [`KEYS`], or from the entry of the innermost section that
/// has one. `None` if there is neither.
pub(crate) fn decides(key: &str) -> Option<Decides> {
    let mut name = key;
    loop {
        if let Some(found) = KEYS.iter().find(|entry| entry.name == name) {
            return Some(found.decides);
        }
        name = name.rsplit_once('.')?.0;
    }
}

/// Returns the fingerprint that the manifest of shards keeps: the keys that decide shards, with their values, and the
/// hash of the list of documents to leave out.
pub(crate) fn shards_fingerprint(config: &Config) -> Result<Value> {
    let mut fingerprint = serde_json::json!({
        "seed": config.seed,
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

/// Returns the fingerprint that the checkpoints of a run keep: the keys that decide a run, with their values, and the
/// hashes of the files of the shards and of the similar-word table. The trainer adds the hash of the vocabulary.
pub(crate) fn run_fingerprint(
    config: &Config,
    train: &TrainingExamples,
    held_out: &TrainingExamples,
) -> Result<BTreeMap<String, Value>> {
    let mut fingerprint = run_keys(config)?;
    fingerprint.insert(
        "shards.train".to_owned(),
        file_hashes(train, Split::Train).into(),
    );
    fingerprint.insert(
        "shards.held_out".to_owned(),
        file_hashes(held_out, Split::HeldOut).into(),
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

/// Returns the keys that decide a run, with their values. For `[masking]` these are the values of the resolved
/// objective.
fn run_keys(config: &Config) -> Result<BTreeMap<String, Value>> {
    let mut keys = BTreeMap::from([("seed".to_owned(), config.seed.into())]);
    for (section, values) in [
        ("pairs", serde_json::to_value(&config.pairs)?),
        ("masking", serde_json::to_value(config.objective()?)?),
        ("model", serde_json::to_value(&config.model)?),
        ("optimizer", serde_json::to_value(&config.optimizer)?),
        ("train", serde_json::to_value(&config.train)?),
    ] {
        for (key, value) in values.as_object().into_iter().flatten() {
            let name = format!("{section}.{key}");
            if decides(&name) == Some(Decides::Run) {
                keys.insert(name, value.clone());
            }
        }
    }
    Ok(keys)
}

/// Returns the SHA-256 of each file of one side, in the order of the folders.
fn file_hashes(examples: &TrainingExamples, split: Split) -> Vec<String> {
    let folders = examples.shards().iter();
    let files = folders.flat_map(|shards| shards.manifest().files(split));
    files.map(|file| file.sha256.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Decides, KEYS, decides, run_keys, shards_fingerprint};
    use crate::config::load::load;

    fn tiny(changes: &[&str]) -> crate::config::job::Config {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/tiny.toml");
        let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
        load(&path, &changes).expect("a config")
    }

    /// All keys of a config as `section.key`.
    fn keys(value: &toml::Value, name: &str, found: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) if name != "segment.punctuation" => {
                for (key, value) in table {
                    let dot = if name.is_empty() { "" } else { "." };
                    keys(value, &format!("{name}{dot}{key}"), found);
                }
            }
            _ => found.push(name.to_owned()),
        }
    }

    #[test]
    fn every_key_of_a_config_is_in_the_table() {
        let config = tiny(&[
            "shards.near_duplicates=0.8",
            "train.peak_tflops=1",
            r#"mixture=[{directory="a", weight=1}]"#,
        ]);
        let mut found = Vec::new();
        keys(
            &toml::Value::try_from(&config).expect("a table"),
            "",
            &mut found,
        );
        assert!(found.len() > 50, "{found:?}");
        for key in found {
            assert!(decides(&key).is_some(), "{key} is not in the table");
        }
        assert_eq!(decides("nonsense.key"), None);
    }

    #[test]
    fn a_key_that_decides_nothing_is_in_no_fingerprint() {
        let config = tiny(&["train.peak_tflops=1", "shards.near_duplicates=0.8"]);
        let run = run_keys(&config).expect("a fingerprint");
        let shards = shards_fingerprint(&config).expect("a fingerprint");
        for entry in KEYS {
            let (_, last) = entry.name.rsplit_once('.').unwrap_or(("", entry.name));
            let (in_run, in_shards) = (run.contains_key(entry.name), shards.get(last).is_some());
            match entry.decides {
                Decides::Nothing => assert!(!in_run && !in_shards, "{}", entry.name),
                Decides::ShardsAndRun => assert!(in_run && in_shards, "{}", entry.name),
                _ => {}
            }
        }
        for key in ["examples", "held_out_share", "near_duplicates"] {
            assert!(shards.get(key).is_some(), "{key}");
        }
    }

    #[test]
    fn a_run_is_told_from_another_by_the_keys_that_decide_it() {
        let of = |change: &str| run_keys(&tiny(&[change])).expect("a fingerprint");
        let run = of("train.steps=2000");
        assert_eq!(run, of("train.loader_threads=7"));
        assert_eq!(run, of("output.directory=elsewhere"));
        assert_ne!(run, of("train.steps=2001"));
        assert_ne!(run, of("masking.rate=0.2"));
        assert_ne!(run, of("pairs.objective=none"));
    }
}

//! Tests that shipped configs pass all checks, and that the error for a wrong config names the key.

use std::path::{Path, PathBuf};

use optimizer::OptimizerName;
use synonym::SimilarWordsSection;

use super::load::load;
use super::study_load::load_study;
use super::words::{is_words_config, load_words};

/// The default job's config, with these changes.
pub(super) fn tiny(changes: &[&str]) -> super::job::Config {
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    load(&configs().join("tiny.toml"), &changes).expect("a config")
}

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

#[test]
fn every_shipped_config_is_whole() {
    let mut n_configs = 0;
    for entry in std::fs::read_dir(configs()).expect("configs/") {
        let path = entry.expect("an entry").path();
        let loaded = if is_words_config(&path) {
            load_words(Some(&path), &[]).map(|_| ())
        } else if path.ends_with("study.toml") {
            load_study(&path, &[]).map(|_| ())
        } else {
            load(&path, &[]).map(|_| ())
        };
        loaded.unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
        n_configs += 1;
    }
    assert!(n_configs >= 5);
}

/// Method §5, "Which LAMB".
#[test]
fn shipped_configs_with_lamb_leave_biases_out_of_the_layer_adaptation() {
    for name in [
        "macbert-base.toml",
        "macbert-large.toml",
        "continue-base.toml",
    ] {
        let config = load(&configs().join(name), &[]).expect("a config");
        assert_eq!(config.optimizer.name, OptimizerName::LambNvidia, "{name}");
    }
}

/// A table that `synonyms build configs/similar-words.toml` compiles is refused by a job that names other options for the
/// same vectors.
#[test]
fn jobs_and_the_config_of_similar_words_compile_the_same_table_from_the_same_vectors() {
    let decides = |mut section: SimilarWordsSection| {
        section.table = PathBuf::new();
        section.function_words = None;
        section.weights = Some(section.weights.unwrap_or_default());
        serde_json::to_value(section).expect("JSON")
    };
    let words = configs().join("similar-words.toml");
    let words = load_words(Some(&words), &[])
        .expect("a config")
        .similar_words;
    for name in [
        "macbert-base.toml",
        "macbert-large.toml",
        "continue-base.toml",
    ] {
        let job = load(&configs().join(name), &[]).expect("a config");
        let job = job.similar_words.expect("similar words");
        assert_eq!(job.source, words.source, "{name}");
        assert_eq!(decides(job), decides(words.clone()), "{name}");
    }
}

#[track_caller]
fn check_refused(change: &str, expect: &str) {
    let error = load(&configs().join("tiny.toml"), &[change.to_owned()]).expect_err("refused");
    let text = format!("{error:#}");
    assert!(text.contains(expect), "{text}");
}

#[test]
fn wrong_keys_and_values_are_refused_by_name() {
    check_refused("train.stepz=3", "stepz");
    check_refused("train.steps=many", "steps");
    check_refused(
        "optimizer.warmup_steps=5000",
        "optimizer.warmup_steps: 5000 is not below train.steps",
    );
    check_refused(
        "examples.max_length=512",
        "examples.max_length: 512 is above model.positions (128)",
    );
    check_refused("masking.similar=0.5", "shares that sum to 1");
    check_refused("masking.objective=mac2", "unknown variant `mac2`");
    check_refused(
        "model.heads=3",
        "model.hidden: 128 is not a multiple of model.heads (3)",
    );
    let changes = ["segment.is_cut=true", "segment.dictionary=words.txt"].map(String::from);
    for config in ["tiny.toml", "similar-words.toml"] {
        let path = configs().join(config);
        let error = if is_words_config(&path) {
            load_words(Some(&path), &changes).map(|_| ())
        } else {
            load(&path, &changes).map(|_| ())
        };
        let text = format!("{:#}", error.expect_err("refused"));
        assert!(
            text.contains("segment.dictionary: the dictionary is for jieba"),
            "{text}"
        );
    }
    check_refused("nonsense", "expected KEY.PATH=VALUE");
    check_refused(
        "shards.near_duplicates=0.5",
        "shards.near_duplicates: expected a share from 0.7 to 1",
    );
    check_refused(
        "similar_words.format=doc",
        "expected list, finalfusion, word2vec, text_dims, text, fasttext or floret, found `doc`",
    );
    let changes = [
        "similar_words.counts=counts.txt",
        "similar_words.weights=uniform",
    ];
    let error = load(&configs().join("tiny.toml"), &changes.map(String::from));
    let text = format!("{:#}", error.expect_err("refused"));
    assert!(
        text.contains("similar_words.counts: only weights"),
        "{text}"
    );
    check_refused(
        "similar_words.limit=0",
        "similar_words.limit: expected at least 1",
    );
}

#[test]
fn a_mixture_is_folders_with_weights() {
    let mixture = |folders: &str| {
        let change = format!("mixture=[{folders}]");
        load(&configs().join("tiny.toml"), &[change])
    };
    let own = r#"{directory="../runs/tiny/shards", weight=1}"#;
    let law = r#"{directory="../runs/law", weight=2.5}"#;
    let config = mixture(&format!("{own}, {law}")).expect("a config");
    let folders = config.shard_folders();
    assert_eq!(folders.len(), 2);
    assert_eq!(folders[0].path, config.path(&config.shards.directory));
    for (folders, expect) in [
        (format!("{law}, {law}"), "is named twice; raise its weight"),
        (law.replace("2.5", "0"), "is 0, expected above 0"),
        (law.replace("2.5", "-1"), "is -1, expected above 0"),
        (law.replace("2.5", "inf"), "is inf, expected above 0"),
        (law.replace("weight", "wieght"), "wieght"),
    ] {
        let text = format!("{:#}", mixture(&folders).expect_err("refused"));
        assert!(text.contains(expect), "{text}");
    }
}

#[test]
fn overrides_take_toml_or_text() {
    let changes = [
        "train.steps=777",
        "masking.objective=wwm",
        "masking.rate=0.2",
    ]
    .map(String::from);
    let config = load(&configs().join("tiny.toml"), &changes).expect("a config");
    assert_eq!(config.train.steps, 777);
    let rate = config.objective().expect("an objective").rate;
    assert!((rate - 0.2).abs() < 1e-12, "{rate}");
}

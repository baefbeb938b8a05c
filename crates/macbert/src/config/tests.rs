//! Tests that shipped configs pass all checks, and that the error for a wrong config names the key.

use std::path::{Path, PathBuf};

use optimizer::OptimizerName;
use synonym::SimilarWordsSection;

use super::load::load;
use super::study_load::load_study;
use super::task::{TaskConfig, load_task_config};
use super::words::{is_words_config, load_words};

/// The default job's config, with these changes.
pub(crate) fn tiny(changes: &[&str]) -> super::job::Config {
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
        if path.is_dir() {
            continue; // tasks have a test of their own
        }
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

/// A config of `configs/tasks`, with these changes.
fn task(name: &str, changes: &[&str]) -> anyhow::Result<TaskConfig> {
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    load_task_config(&configs().join("tasks").join(name), &changes)
}

/// Table IV of "Pre-Training with Whole Word Masking for Chinese BERT" (Cui et al. 2021): length, epochs, learning rate.
#[test]
fn presets_of_tasks_have_the_values_of_the_paper() {
    let table = [
        ("cmrc2018", 512, 2, 3e-5),
        ("drcd", 512, 2, 3e-5),
        ("cjrc", 512, 2, 4e-5),
        ("chnsenticorp", 256, 3, 2e-5),
        ("thucnews", 512, 3, 2e-5),
        ("tnews", 128, 3, 2e-5),
        ("xnli", 128, 2, 3e-5),
        ("lcqmc", 128, 3, 2e-5),
        ("bq", 128, 3, 3e-5),
        ("ocnli", 128, 3, 3e-5),
    ];
    for (name, length, epochs, rate) in table {
        let config = task(&format!("{name}.toml"), &[]).expect("a config");
        assert_eq!(config.model.max_length, length, "{name}");
        assert_eq!(config.train.epochs, epochs, "{name}");
        assert!((config.optimizer.peak_rate - rate).abs() < 1e-12, "{name}");
        assert_eq!(config.train.examples_per_step, 32, "{name}");
        assert!(
            (config.optimizer.warmup_share - 0.1).abs() < 1e-12,
            "{name}"
        );
        assert_eq!(config.protocol.seeds, 10, "{name}");
    }
}

#[test]
fn every_preset_of_a_task_is_whole_and_says_where_its_data_is() {
    let mut n_presets = 0;
    for entry in std::fs::read_dir(configs().join("tasks")).expect("configs/tasks") {
        let path = entry.expect("an entry").path();
        load_task_config(&path, &[]).unwrap_or_else(|error| panic!("{error:#}"));
        let text = std::fs::read_to_string(&path).expect("a preset");
        let data = text.split_once("# Data: ").map(|(_, data)| data);
        let data = data.and_then(|data| data.split_once("# Paths"));
        let (data, _) = data.unwrap_or_else(|| panic!("{} has no # Data:", path.display()));
        let names_its_source = ["repository", "given out"]
            .iter()
            .any(|word| data.contains(word));
        assert!(names_its_source, "{}", path.display());
        n_presets += 1;
    }
    assert!(n_presets >= 12);
}

#[track_caller]
fn check_task_refused(name: &str, changes: &[&str], expect: &str) {
    let error = task(name, changes).expect_err("refused");
    let text = format!("{error:#}");
    assert!(text.contains(expect), "{text}");
}

#[test]
fn a_wrong_config_of_a_task_is_refused_with_its_key() {
    let check = |changes: &[&str], expect: &str| {
        check_task_refused("chnsenticorp.toml", changes, expect);
    };
    check(&["train.epoch=1"], "unknown field `epoch`");
    check(&["task.classification.text=\"a\""], "unknown field `text`");
    check(
        &["train.epochs=0"],
        "train.epochs: expected at least 1, found 0",
    );
    check(&["optimizer.peak_rate=0"], "optimizer.peak_rate");
    check(&["optimizer.warmup_share=1"], "optimizer.warmup_share");
    check(
        &["model.max_length=4"],
        "model.max_length: expected at least 8",
    );
    check(&["model.dropout=1"], "model.dropout");
    check(&["protocol.seeds=0"], "protocol.seeds");
    check(
        &["protocol.select_by=\"cmrc_f1\""],
        "unknown score `cmrc_f1`; expected last_epoch, accuracy, macro_f1, matthews",
    );
    check(
        &["task.classification.texts=[\"a\", \"b\", \"c\"]"],
        "expected one column, or two for pairs, found 3",
    );
    check_task_refused(
        "sighan15.toml",
        &[
            "protocol.select_by=\"false_positive_rate\"",
            "data.dev=\"dev.tsv\"",
        ],
        "unknown score `false_positive_rate`",
    );
    check_task_refused(
        "cmrc2018.toml",
        &["task.spans.stride=0"],
        "task.spans.stride",
    );
}

#[test]
fn the_set_that_an_epoch_is_selected_on_is_reported_only_if_the_config_says_so() {
    let same = "the reported file would be the one that the epoch is selected on";
    let allowed = "protocol.select_on_report=true";
    let dev = "data.test=\"../../data/chnsenticorp/dev.tsv\"";
    check_task_refused("chnsenticorp.toml", &[dev], same);
    assert!(task("chnsenticorp.toml", &[dev, allowed]).is_ok());
    check_task_refused("cmrc2018.toml", &["protocol.select_on_report=false"], same);
    check_task_refused(
        "sighan15.toml",
        &["protocol.select_by=\"sentence_correction_f1\""],
        "data.dev: missing",
    );
    check_task_refused(
        "chnsenticorp.toml",
        &["data.test=\"../../data/chnsenticorp/train.tsv\""],
        "the training file is also",
    );
}

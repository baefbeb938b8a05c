//! Vocabularies, tokenizers and user dictionaries as people have them.

use std::fs;
use std::path::Path;

use fixtures::project;

use crate::small_job::{DONE, Job, run};

#[test]
fn line_ends_do_not_make_another_vocabulary_between_two_stages() {
    let job = Job::new();
    let vocabulary = fs::read_to_string(DONE.path("vocab.txt")).unwrap();
    fs::write(job.path("vocab.txt"), &vocabulary).unwrap();
    job.stage("prepare", &[]).succeeds();
    let windows = format!("\u{feff}{}", vocabulary.trim_end().replace('\n', "\r\n"));
    fs::write(job.path("vocab.txt"), windows).unwrap();
    job.stage("pretrain", &[]).succeeds();
    let exported = fs::read_to_string(job.path("pretrain/export/vocab.txt")).unwrap();
    assert_eq!(exported, vocabulary);
}

/// Writes the config of a job that continues the model in `start`, and names a `vocab.txt` beside the weights.
fn write_continued(job: &Job) -> String {
    let resolved = DONE.path("pretrain/checkpoints/step-00000012/macbert.toml");
    let mut config: toml::Table = fs::read_to_string(resolved).unwrap().parse().unwrap();
    let mut set = |section: &str, key: &str, value: toml::Value| {
        config[section]
            .as_table_mut()
            .unwrap()
            .insert(key.to_owned(), value);
    };
    let text = project().join("corpora/food.txt").display().to_string();
    set("corpus", "paths", vec![text].into());
    let place = |name: &str| job.path(name).display().to_string();
    for (section, key, name) in [
        ("vocabulary", "path", "start/vocab.txt"),
        ("similar_words", "table", "similar_words.table"),
        ("shards", "directory", "shards"),
        ("output", "directory", "pretrain"),
    ] {
        set(section, key, place(name).into());
    }
    let source = project().join("synonyms/similar_words.tsv");
    set(
        "similar_words",
        "source",
        source.display().to_string().into(),
    );
    let functions = project().join("synonyms/function_words.txt");
    set(
        "similar_words",
        "function_words",
        functions.display().to_string().into(),
    );
    let model = toml::toml! { dropout = 0.1 };
    config["model"] = model.into();
    config["model"]
        .as_table_mut()
        .unwrap()
        .insert("start_from".to_owned(), place("start").into());
    fs::write(job.path("continue.toml"), config.to_string()).unwrap();
    place("continue.toml")
}

fn copy_export(to: &Path, but: &[&str]) {
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(DONE.path("pretrain/export")).unwrap() {
        let file = file.unwrap();
        if !but.contains(&file.file_name().to_str().unwrap()) {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

#[test]
fn a_job_continues_a_checkpoint_that_has_a_tokenizer_json_alone() {
    let job = Job::new();
    copy_export(&job.path("start"), &["vocab.txt"]);
    let ended = run(&["prepare", &write_continued(&job)]);
    ended.succeeds();
    assert!(
        ended.err().contains("start/tokenizer.json"),
        "{}",
        ended.err()
    );
    let [there, here] = [DONE.path("vocab.txt"), job.path("shards/vocab.txt")];
    assert!(fs::read(there).unwrap() == fs::read(here).unwrap());
}

#[test]
fn no_vocabulary_is_built_for_a_checkpoint() {
    let job = Job::new();
    copy_export(&job.path("start"), &["vocab.txt", "tokenizer.json"]);
    let config = write_continued(&job);
    for stage in ["prepare", "vocab"] {
        let call = if stage == "vocab" {
            vec!["vocab", "build"]
        } else {
            vec![stage]
        };
        let ended = run(&[call, vec![&config]].concat());
        assert_ne!(ended.status(), 0);
        assert!(!ended.err().contains("vocab build"), "{}", ended.err());
        assert!(!job.path("start/vocab.txt").exists() && !job.path("shards").exists());
    }
    let refused = run(&["prepare", &config]).err();
    assert!(
        refused.contains("vocab.txt") && refused.contains("tokenizer.json"),
        "{refused}"
    );
}

#[test]
fn a_checkpoint_keeps_its_punctuation_marks_when_it_is_trained_further() {
    let job = Job::new();
    copy_export(&job.path("start"), &[]);
    let path = job.path("start/tokenizer_config.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    json["punctuation"] = serde_json::json!({ "☂": "。" });
    fs::write(&path, json.to_string()).unwrap();
    let ended = run(&["prepare", &write_continued(&job)]);
    ended.fails(2, r#"add "☂" = "。""#);
}

#[test]
fn prepare_names_words_of_the_user_dictionary_that_are_never_cut() {
    let job = Job::new();
    fs::write(job.path("words.txt"), "好。坏 5 n\n深度 学习\n").unwrap();
    let dictionary = format!("segment.dictionary={}", job.path("words.txt").display());
    let ended = job.stage("prepare", &["--set", &dictionary]);
    ended.succeeds();
    let said = ended.err();
    assert!(
        said.contains("1 word can never be cut") && said.contains("`好。坏`"),
        "{said}"
    );
    assert!(
        said.contains("1 word has white space inside: `深度 学习`"),
        "{said}"
    );
}

//! Wrong calls and configs end with status 2, failed runs with 1; both say what to do.

use crate::material::{DONE, Job, project, run};

#[track_caller]
fn check(arguments: &[&str], status: i32, expect: &str) {
    let ended = run(arguments);
    assert_eq!(ended.status(), status, "{}", ended.err());
    assert!(ended.err().contains(expect), "{}", ended.err());
}

#[test]
fn a_wrong_call_ends_with_2() {
    let config = project().join("configs/tiny.toml").display().to_string();
    let shards = DONE.shards();
    check(&["prepare"], 2, "<CONFIG>");
    check(
        &["prepare", "none.toml"],
        2,
        "could not read the config none.toml",
    );
    check(&["prepare", &config, "--set", "train.stepz=1"], 2, "stepz");
    check(&["pretrain", &config, "--device", "tpu"], 2, "tpu");
    check(&["inspect", &shards, "--objective", "mac2"], 2, "mac2");
    check(
        &["inspect", &shards, "--pairs", "all"],
        2,
        "[possible values: sop, nsp, none]",
    );
}

#[test]
fn a_failed_run_ends_with_1() {
    let nowhere = Job::new();
    let missing = nowhere.path("none").display().to_string();
    check(&["inspect", &missing], 1, "none");
    check(
        &["evaluate", &missing, &DONE.shards()],
        2,
        "no checkpoint at",
    );
}

#[test]
fn a_corpus_that_is_not_there_is_a_wrong_config() {
    let paths = "corpus.paths=[\"none/*.txt\"]";
    let ended = Job::new().stage("prepare", &["--set", paths]);
    assert_eq!(ended.status(), 2, "{}", ended.err());
    assert!(ended.err().contains("none/*.txt"), "{}", ended.err());
}

#[test]
fn what_is_dropped_is_named_by_file_and_line() {
    let job = Job::new();
    let bad = job.path("bad.txt");
    std::fs::write(&bad, b"\xe5\xa5\xbd\n\n\xff\n").unwrap();
    let paths = format!(
        "corpus.paths=[\"../corpora/food.txt\", \"{}\"]",
        bad.display()
    );
    let ended = job.stage("prepare", &["--set", &paths]);
    ended.well();
    let place = format!("dropped InvalidUtf8: {}:3", bad.display());
    assert_eq!(
        ended.err().matches(&place).count(),
        2,
        "vocabulary and shards: {}",
        ended.err()
    );
}

#[test]
fn a_table_of_other_options_is_not_taken() {
    let job = Job::new();
    job.stage("prepare", &[]).well();
    std::fs::remove_dir_all(job.shards()).unwrap();
    let ended = job.stage("prepare", &["--set", "similar_words.top_k=3"]);
    assert_eq!(ended.status(), 2, "{}", ended.err());
    assert!(
        ended.err().contains("macbert synonyms build"),
        "{}",
        ended.err()
    );
}

#[test]
fn shards_of_another_config_are_not_trained_on() {
    let job = Job::new();
    job.stage("prepare", &[]).well();
    let ended = job.stage("pretrain", &["--set", "examples.short_share=0.3"]);
    assert_eq!(ended.status(), 2, "{}", ended.err());
    assert!(
        ended.err().contains("examples.short_share"),
        "{}",
        ended.err()
    );
    std::fs::remove_file(job.path("shards/similar_words.table")).unwrap();
    let ended = job.stage("pretrain", &[]);
    assert_eq!(ended.status(), 1, "{}", ended.err());
    assert!(
        ended.err().contains("similar-word table"),
        "{}",
        ended.err()
    );
}

#[test]
fn a_dry_run_says_what_it_would_cost_and_does_nothing() {
    let job = Job::new();
    for stage in ["prepare", "pretrain"] {
        let out = job.stage(stage, &["--dry-run"]).well();
        for expect in ["examples_per_step = 4", "steps", "tokens", "disk", "memory"] {
            assert!(out.contains(expect), "{expect}: {out}");
        }
    }
    assert_eq!(std::fs::read_dir(job.folder.path()).unwrap().count(), 0);
}

#[test]
fn shards_of_another_vocabulary_are_refused_naming_both() {
    let job = Job::new();
    job.stage("prepare", &[]).well();
    let vocabulary = job.path("vocab.txt");
    let text = std::fs::read_to_string(&vocabulary).unwrap();
    std::fs::write(&vocabulary, text + "##more\n").unwrap();
    let ended = job.stage("pretrain", &[]);
    assert_eq!(ended.status(), 2);
    assert!(
        ended.err().contains("prepare them again"),
        "{}",
        ended.err()
    );
}

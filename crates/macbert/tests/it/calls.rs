//! Usage errors (wrong arguments or config) end with status 2, failed runs with 1; both messages say what to do.

use fixtures::project;

use crate::small_job::{DONE, Job, run};

#[track_caller]
fn check(arguments: &[&str], status: i32, expect: &str) {
    let ended = run(arguments);
    ended.fails(status, expect);
}

#[test]
fn a_usage_error_ends_with_status_2() {
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
fn a_failed_run_ends_with_status_1() {
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
fn a_corpus_path_that_finds_nothing_is_a_usage_error() {
    let paths = "corpus.paths=[\"none/*.txt\"]";
    let ended = Job::new().stage("prepare", &["--set", paths]);
    ended.fails(2, "none/*.txt");
}

#[test]
fn dropped_records_are_reported_by_file_and_line() {
    let job = Job::new();
    let bad = job.path("bad.txt");
    std::fs::write(&bad, b"\xe5\xa5\xbd\n\n\xff\n").unwrap();
    let paths = format!(
        "corpus.paths=[\"../corpora/food.txt\", \"{}\"]",
        bad.display()
    );
    let ended = job.stage("prepare", &["--set", &paths]);
    ended.succeeds();
    let place = format!("{}:3: not UTF-8", bad.display());
    assert_eq!(
        ended.err().matches(&place).count(),
        2,
        "vocabulary and shards: {}",
        ended.err()
    );
}

#[test]
fn a_similar_word_table_of_other_options_is_refused() {
    let job = Job::new();
    job.stage("prepare", &[]).succeeds();
    std::fs::remove_dir_all(job.shards()).unwrap();
    let ended = job.stage("prepare", &["--set", "similar_words.top_k=3"]);
    ended.fails(2, "macbert synonyms build");
}

#[test]
fn pretrain_refuses_shards_of_another_config() {
    let job = Job::new();
    job.stage("prepare", &[]).succeeds();
    let ended = job.stage("pretrain", &["--set", "examples.short_share=0.3"]);
    ended.fails(2, "examples.short_share");
    std::fs::remove_file(job.path("shards/similar_words.table")).unwrap();
    let ended = job.stage("pretrain", &[]);
    ended.fails(1, "similar-word table");
}

#[test]
fn a_dry_run_estimates_and_writes_nothing() {
    let job = Job::new();
    for stage in ["prepare", "pretrain"] {
        let out = job.stage(stage, &["--dry-run"]).succeeds();
        for expect in ["examples_per_step = 4", "steps", "tokens", "disk", "memory"] {
            assert!(out.contains(expect), "{expect}: {out}");
        }
    }
    assert_eq!(fixtures::names(job.folder.path()), [""; 0]);
}

#[test]
fn pretrain_refuses_shards_of_another_vocabulary() {
    let job = Job::new();
    job.stage("prepare", &[]).succeeds();
    let vocabulary = job.path("vocab.txt");
    let text = std::fs::read_to_string(&vocabulary).unwrap();
    std::fs::write(&vocabulary, text + "##more\n").unwrap();
    let ended = job.stage("pretrain", &[]);
    ended.fails(2, "prepare them again");
}

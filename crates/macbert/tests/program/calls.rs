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
    check(&["prepare", "none.toml"], 2, "could not read the config none.toml");
    check(&["prepare", &config, "--set", "train.stepz=1"], 2, "stepz");
    check(&["pretrain", &config, "--device", "tpu"], 2, "tpu");
    check(&["inspect", &shards, "--objective", "mac2"], 2, "mac2");
    check(&["inspect", &shards, "--pairs", "all"], 2, "sop, nsp or none");
}

#[test]
fn a_failed_run_ends_with_1() {
    let nowhere = Job::new();
    let missing = nowhere.path("none").display().to_string();
    check(&["inspect", &missing], 1, "none");
    check(&["evaluate", &missing, &DONE.shards()], 1, "none");
    let paths = "corpus.paths=[\"none/*.txt\"]";
    let ended = nowhere.stage("prepare", &["--set", paths]);
    assert_eq!(ended.status(), 1, "{}", ended.err());
    assert!(ended.err().contains("none/*.txt"), "{}", ended.err());
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
    assert_eq!(ended.status(), 1);
    assert!(ended.err().contains("prepare them again"), "{}", ended.err());
}

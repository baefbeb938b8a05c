//! `kill -9` at twenty moments spread over a run: the files in the end are those of a run that was not killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use crate::small_job::{Job, killed_after, moments};

const N_KILLS: usize = 20;

/// The bytes of every file below a folder, except those that hold clock times: the report, the timing and the events.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = fixtures::bytes_below(folder);
    let has_clock = ["report.html", "timing.jsonl", "events"];
    files.retain(|name, _| !has_clock.iter().any(|clock| name.contains(clock)));
    files
}

fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected));
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "{name} differs");
    }
}

#[test]
fn a_killed_prepare_run_again_writes_the_same_files() {
    let whole = Job::new();
    let start = Instant::now();
    whole.stage("prepare", &[]).succeeds();
    let longest = start.elapsed();
    let expected = files(whole.folder.path());
    let mut n_killed = 0;
    for after in moments(longest).take(N_KILLS) {
        let job = Job::new();
        n_killed += usize::from(killed_after(&mut job.command("prepare", &[]), after));
        job.stage("prepare", &[]).succeeds();
        assert_same(&files(job.folder.path()), &expected);
    }
    assert!(n_killed > 0, "no run was killed in time");
}

#[test]
fn a_killed_pretrain_resumes_to_the_same_files() {
    const EVERY_STEP: [&str; 4] = [
        "--set",
        "train.checkpoint_every=1",
        "--set",
        "train.steps=40",
    ];
    let job = Job::new();
    job.stage("prepare", &[]).succeeds();
    let start = Instant::now();
    job.stage("pretrain", &EVERY_STEP).succeeds();
    let longest = start.elapsed();
    let expected = files(&job.path("pretrain"));

    std::fs::remove_dir_all(job.path("pretrain")).unwrap();
    let resumed = [&EVERY_STEP[..], &["--resume"]].concat();
    let mut n_killed = 0;
    for after in moments(longest / 4) {
        if killed_after(&mut job.command("pretrain", &resumed), after) {
            n_killed += 1;
        } else {
            // The run has ended: it starts again for the kills that are left.
            assert_same(&files(&job.path("pretrain")), &expected);
            std::fs::remove_dir_all(job.path("pretrain")).unwrap();
        }
        if n_killed == N_KILLS {
            break;
        }
    }
    job.stage("pretrain", &resumed).succeeds();
    assert_same(&files(&job.path("pretrain")), &expected);
}

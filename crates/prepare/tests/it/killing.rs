//! A run that is stopped or killed leaves nothing or all, and the next one writes the same bytes.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use corpus::Share;
use prepare::{PrepareError, merge};

use crate::material::{Preparation, text};

/// Where the child process finds its text.
const HOME: &str = "MACBERT_PREPARE_HOME";
/// The only task of a run in tasks, or none.
const TASK: &str = "MACBERT_PREPARE_TASK";

fn many_files(home: &Path) -> Preparation {
    Preparation {
        examples_per_shard: 4,
        ..Preparation::in_place(home)
    }
}

#[test]
fn a_stopped_run_leaves_nothing_and_can_be_run_again() {
    let home = tempfile::tempdir().unwrap();
    let stopped = Preparation {
        stop: true,
        ..Preparation::of(home.path(), &text())
    };
    assert!(matches!(stopped.run(), Err(PrepareError::Stopped)));
    assert!(!stopped.shards().exists() && stopped.leftovers().is_empty());
    assert!(!Preparation::in_place(home.path()).run().unwrap().was_done);
}

/// What the child process of the test below runs; nothing on its own.
#[test]
fn child() {
    if let Ok(home) = std::env::var(HOME) {
        let task = std::env::var(TASK).is_ok().then_some(Share::WHOLE);
        let preparation = Preparation {
            task,
            ..many_files(home.as_ref())
        };
        preparation.run().unwrap();
    }
}

/// Files that a run has written so far into its folder aside; `None` before it began and after it ended.
fn n_written(home: &Path, prefix: &str) -> Option<usize> {
    let entries = std::fs::read_dir(home).ok()?;
    let aside = entries.flatten().find(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with(prefix)
    })?;
    Some(std::fs::read_dir(aside.path()).ok()?.count())
}

fn start(home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["killing::child", "--exact"])
        .env(HOME, home)
        .stdout(Stdio::null());
    command
}

fn killed_after(home: &Path, n_files: usize) {
    let child = start(home).spawn().unwrap();
    kill_after(child, home, ".shards.unfinished-", n_files);
}

fn kill_after(mut child: Child, folder: &Path, prefix: &str, n_files: usize) {
    while n_written(folder, prefix).is_none_or(|n| n < n_files) {
        if child.try_wait().unwrap().is_some() {
            return; // it was faster
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_run_leaves_nothing_or_all() {
    let reference = tempfile::tempdir().unwrap();
    Preparation::of(reference.path(), &text());
    let reference = many_files(reference.path());
    reference.run().unwrap();
    let expected = reference.files();
    let n_files = expected.len();
    let mut n_unfinished = 0;
    for n_written in (0..n_files)
        .step_by(n_files.div_ceil(10))
        .chain([n_files - 2, n_files])
    {
        let home = tempfile::tempdir().unwrap();
        Preparation::of(home.path(), &text());
        let preparation = many_files(home.path());
        killed_after(home.path(), n_written);
        if preparation.shards().exists() {
            assert!(preparation.files() == expected, "after {n_written} files");
        } else {
            n_unfinished += 1;
        }
        preparation.run().unwrap();
        assert!(preparation.files() == expected, "after {n_written} files");
        assert!(
            preparation.leftovers().is_empty(),
            "{:?}",
            preparation.leftovers()
        );
    }
    assert!(n_unfinished > 0, "no run was killed in time");
}

#[test]
fn a_killed_task_leaves_nothing_or_all_and_can_be_run_again() {
    let reference = tempfile::tempdir().unwrap();
    let task = |home: &Path| Preparation {
        task: Some(Share::WHOLE),
        ..many_files(home)
    };
    Preparation::of(reference.path(), &text());
    task(reference.path()).run().unwrap();
    let expected = merge(&task(reference.path()).shards()).unwrap();
    for n_files in [0, 1, 7, 20, 40] {
        let home = tempfile::tempdir().unwrap();
        let shards = Preparation::of(home.path(), &text()).shards();
        std::fs::create_dir(&shards).unwrap();
        let child = start(home.path()).env(TASK, "1").spawn().unwrap();
        kill_after(child, &shards, ".task-00000-of-00001.unfinished-", n_files);
        task(home.path()).run().unwrap();
        assert_eq!(merge(&shards).unwrap(), expected, "after {n_files} files");
        let names = std::fs::read_dir(&shards).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let unfinished: Vec<String> = names.filter(|name| name.contains("unfinished")).collect();
        assert!(unfinished.is_empty(), "{unfinished:?}");
    }
}

#[test]
fn a_file_that_vanishes_midway_ends_the_run_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let preparation = Preparation::of(home.path(), &text());
    std::fs::write(home.path().join("b.txt"), text()).unwrap();
    let error = preparation.with_job(|job| {
        std::fs::remove_file(home.path().join("b.txt")).unwrap();
        prepare::prepare(job, &channel().0, &AtomicBool::new(false)).unwrap_err()
    });
    assert!(matches!(error, PrepareError::Corpus(_)), "{error}");
    assert!(error.to_string().contains("b.txt"), "{error}");
    assert!(!preparation.shards().exists() && preparation.leftovers().is_empty());
    preparation.run().unwrap();
}

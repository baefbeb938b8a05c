//! A run that is stopped or killed leaves nothing or all, and the next one writes the same bytes.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use prepare::PrepareError;

use crate::material::{Preparation, text};

/// Where the child process finds its text.
const HOME: &str = "MACBERT_PREPARE_HOME";

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
        many_files(home.as_ref()).run().unwrap();
    }
}

/// Files that a run has written so far; `None` before it began and after it ended.
fn n_written(home: &Path) -> Option<usize> {
    let entries = std::fs::read_dir(home).ok()?;
    let aside = entries.flatten().find(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with(".shards.unfinished-")
    })?;
    Some(std::fs::read_dir(aside.path()).ok()?.count())
}

fn killed_after(home: &Path, n_files: usize) {
    let mut child: Child = Command::new(std::env::current_exe().unwrap())
        .args(["killing::child", "--exact"])
        .env(HOME, home)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while n_written(home).is_none_or(|n| n < n_files) {
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

//! A run that is stopped or killed leaves all shards or none, and the next run writes the same bytes.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use corpus::Share;
use fixtures::Preparation;
use prepare::{PrepareError, merge};

use crate::preparation::{leftovers, preparation_in, preparation_of, text, write_text};

/// Environment variable with the folder that a child process prepares.
const HOME: &str = "MACBERT_PREPARE_HOME";
/// Environment variable that makes the child process prepare the only task of a run in tasks.
const TASK: &str = "MACBERT_PREPARE_TASK";

/// A preparation that writes many small files.
fn many_files(home: &Path) -> Preparation {
    Preparation {
        examples_per_shard: 4,
        ..preparation_in(home)
    }
}

#[test]
fn a_stopped_run_leaves_nothing_and_can_be_run_again() {
    let home = tempfile::tempdir().unwrap();
    let stopped = Preparation {
        stop: true,
        ..preparation_of(home.path(), &text())
    };
    assert!(matches!(stopped.run(), Err(PrepareError::Stopped)));
    assert!(!stopped.shards().exists() && leftovers(home.path()).is_empty());
    assert!(!preparation_in(home.path()).run().unwrap().was_done);
}

/// The child process of the tests below: prepares the folder that the environment names. Without one it does nothing.
#[test]
fn prepare_in_a_child_process() {
    if let Ok(home) = std::env::var(HOME) {
        let task = std::env::var(TASK).is_ok().then_some(Share::WHOLE);
        let preparation = Preparation {
            task,
            ..many_files(home.as_ref())
        };
        preparation.run().unwrap();
    }
}

/// Number of files that a run has written into its temporary folder; `None` before the folder is made and after it is
/// renamed.
fn n_written(home: &Path, prefix: &str) -> Option<usize> {
    let entries = std::fs::read_dir(home).ok()?;
    let aside = entries.flatten().find(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with(prefix)
    })?;
    Some(std::fs::read_dir(aside.path()).ok()?.count())
}

/// A command that starts this test binary as a child process that prepares a folder.
fn child_of(home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["killing::prepare_in_a_child_process", "--exact"])
        .env(HOME, home)
        .stdout(Stdio::null());
    command
}

/// Prepares a folder in a child process and kills it after `n_files` files of shards.
fn prepare_and_kill(home: &Path, n_files: usize) {
    let child = child_of(home).spawn().unwrap();
    kill_after(child, home, ".shards.unfinished-", n_files);
}

/// Kills a child process once its temporary folder, whose name starts with `prefix`, holds `n_files`.
fn kill_after(mut child: Child, folder: &Path, prefix: &str, n_files: usize) {
    while n_written(folder, prefix).is_none_or(|n| n < n_files) {
        if child.try_wait().unwrap().is_some() {
            return; // it ended before it could be killed
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_run_leaves_all_shards_or_none() {
    let reference = tempfile::tempdir().unwrap();
    write_text(reference.path(), &text());
    let reference = many_files(reference.path());
    reference.run().unwrap();
    let expected = fixtures::bytes_below(&reference.shards());
    let n_files = expected.len();
    let mut n_unfinished = 0;
    for n_written in (0..n_files)
        .step_by(n_files.div_ceil(10))
        .chain([n_files - 2, n_files])
    {
        let home = tempfile::tempdir().unwrap();
        write_text(home.path(), &text());
        let preparation = many_files(home.path());
        prepare_and_kill(home.path(), n_written);
        if preparation.shards().exists() {
            assert!(
                fixtures::bytes_below(&preparation.shards()) == expected,
                "after {n_written} files"
            );
        } else {
            n_unfinished += 1;
        }
        preparation.run().unwrap();
        assert!(
            fixtures::bytes_below(&preparation.shards()) == expected,
            "after {n_written} files"
        );
        assert!(
            leftovers(home.path()).is_empty(),
            "{:?}",
            leftovers(home.path())
        );
    }
    assert!(n_unfinished > 0, "no run was killed in time");
}

#[test]
fn a_killed_task_leaves_all_shards_or_none_and_can_be_run_again() {
    let reference = tempfile::tempdir().unwrap();
    let task = |home: &Path| Preparation {
        task: Some(Share::WHOLE),
        ..many_files(home)
    };
    write_text(reference.path(), &text());
    task(reference.path()).run().unwrap();
    let expected = merge(&task(reference.path()).shards(), true).unwrap();
    for n_files in [0, 1, 7, 20, 40] {
        let home = tempfile::tempdir().unwrap();
        let shards = preparation_of(home.path(), &text()).shards();
        std::fs::create_dir(&shards).unwrap();
        let child = child_of(home.path()).env(TASK, "1").spawn().unwrap();
        kill_after(child, &shards, ".task-00000-of-00001.unfinished-", n_files);
        task(home.path()).run().unwrap();
        assert_eq!(
            merge(&shards, true).unwrap(),
            expected,
            "after {n_files} files"
        );
        let names = fixtures::names(&shards).into_iter();
        let unfinished: Vec<String> = names.filter(|name| name.contains("unfinished")).collect();
        assert!(unfinished.is_empty(), "{unfinished:?}");
    }
}

#[test]
fn a_file_that_vanishes_midway_ends_the_run_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text());
    std::fs::write(home.path().join("b.txt"), text()).unwrap();
    let error = preparation.with_job(|job| {
        std::fs::remove_file(home.path().join("b.txt")).unwrap();
        prepare::prepare(job, &channel().0, &AtomicBool::new(false))
            .unwrap_err()
            .error
    });
    assert!(matches!(error, PrepareError::Corpus(_)), "{error}");
    assert!(error.to_string().contains("b.txt"), "{error}");
    assert!(!preparation.shards().exists() && leftovers(home.path()).is_empty());
    preparation.run().unwrap();
}

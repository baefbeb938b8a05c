//! A full disk: the run names the file that it could not write, leaves nothing, and succeeds once there is room.
//!
//! A limit on the size of files stands in for the full disk: every file that grows beyond it cannot be written.

use std::process::Command;

use crate::small_job::{Ended, Job};

/// Runs a command that cannot write files of more than `blocks` blocks of 512 or 1024 bytes.
fn limited(command: &Command, blocks: u32) -> Ended {
    let mut shell = Command::new("sh");
    // The signal is ignored, so that writing fails, as it does on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(command.get_program());
    shell.args(command.get_args());
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    Ended::of(&mut shell)
}

#[test]
fn prepare_on_a_full_disk_names_the_file_and_leaves_nothing() {
    let job = Job::new();
    // The vocabulary, the table and the shards in turn are larger than the limit.
    for (blocks, failing, not_there) in [
        (4, "vocab.txt", "vocab.txt"),
        (64, "similar_words.table", "similar_words.table"),
    ] {
        let ended = limited(&job.command("prepare", &[]), blocks);
        assert_eq!(ended.status(), 1, "{}", ended.err());
        assert!(ended.err().contains(failing), "{blocks}: {}", ended.err());
        assert!(!job.path(not_there).exists() && !job.path("shards").exists());
    }
    job.stage("prepare", &[]).succeeds();
    std::fs::remove_dir_all(job.path("shards")).unwrap();
    let ended = limited(&job.command("prepare", &[]), 12);
    ended.fails(1, "shards");
    let names = fixtures::names(job.folder.path());
    assert_eq!(names, ["similar_words.table", "vocab.txt"]);
    job.stage("prepare", &[]).succeeds();
}

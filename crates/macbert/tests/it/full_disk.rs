//! A disk that is full: the run says which file, leaves nothing, and goes well once there is room.
//!
//! A limit on the size of files stands in for the disk: writing fails at the same place in every file that grows so far.

use std::process::Command;

use crate::material::{Ended, Job};

/// Runs a command of the program that cannot write files beyond so many blocks of 512 or 1024 bytes.
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
fn prepare_says_which_file_and_leaves_nothing() {
    let job = Job::new();
    // A vocabulary, a table and shards, of which each in turn is too large.
    for (blocks, failing, not_there) in [
        (4, "vocab.txt", "vocab.txt"),
        (64, "similar_words.table", "similar_words.table"),
    ] {
        let ended = limited(&job.command("prepare", &[]), blocks);
        assert_eq!(ended.status(), 1, "{}", ended.err());
        assert!(ended.err().contains(failing), "{blocks}: {}", ended.err());
        assert!(!job.path(not_there).exists() && !job.path("shards").exists());
    }
    job.stage("prepare", &[]).well();
    std::fs::remove_dir_all(job.path("shards")).unwrap();
    let ended = limited(&job.command("prepare", &[]), 12);
    assert_eq!(ended.status(), 1, "{}", ended.err());
    assert!(ended.err().contains("shards"), "{}", ended.err());
    let names = std::fs::read_dir(job.folder.path()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["similar_words.table", "vocab.txt"],
        "nothing is left"
    );
    job.stage("prepare", &[]).well();
}

//! `cargo xtask full-disk`: preparation onto a disk of little more than a megabyte, which is a tmpfs in a name space of its own.
//!
//! The tests limit the size of files in a disk's place; here the disk itself is full, as it is for who runs out of it.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::shell;

/// Enough for the vocabulary and the table, too little for the shards of the sample corpus.
const DISK_BYTES: u64 = 1_300_000;
/// Mounts the disk on `$1`, prepares onto it, shows what is left, and gives back the program's exit status.
const SCRIPT: &str = "mount -t tmpfs -o size=$0 tmpfs \"$1\" || exit 99
\"$2\" prepare configs/tiny.toml --set vocabulary.path=\"$1/vocab.txt\" \
--set similar_words.table=\"$1/similar_words.table\" --set shards.directory=\"$1/shards\"
status=$?
ls -A \"$1\"
exit $status";

/// Prepares onto a full disk: the error has to name the file and the reason, and nothing half-written may stay.
pub(crate) fn run() -> Result<()> {
    shell::run(shell::cargo().args(["build", "--workspace"]))?;
    let disk = shell::root().join("target/full-disk");
    std::fs::create_dir_all(&disk)?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", SCRIPT]);
    command.arg(DISK_BYTES.to_string()).arg(&disk);
    command.arg(shell::root().join("target/debug/macbert"));
    let output = command.current_dir(shell::root()).output();
    let output = output.context("could not start unshare (util-linux)")?;
    let [left, said] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    shell::say(said.trim_end());
    ensure!(
        output.status.code() != Some(99),
        "this machine lets nobody mount a disk of his own"
    );
    ensure!(
        output.status.code() == Some(1),
        "expected exit status 1, found {}",
        output.status
    );
    ensure!(
        said.contains("No space left on device"),
        "the error does not say that the disk is full"
    );
    let left: Vec<&str> = left.lines().collect();
    ensure!(
        left.iter()
            .all(|name| ["vocab.txt", "similar_words.table"].contains(name)),
        "something half-written stayed: {left:?}"
    );
    shell::say(&format!(
        "the disk is full, and nothing half-written stayed: {left:?}"
    ));
    Ok(())
}

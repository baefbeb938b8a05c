//! `cargo xtask full-disk`: preparation onto a disk that becomes full.
//!
//! The disk is a tmpfs of little more than a megabyte, in a mount namespace of its own. The tests of `macbert` limit the size of
//! files instead; only a full disk shows what a user meets.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::shell;

/// Large enough for the vocabulary and the table, too small for the shards of the sample corpus.
const DISK_BYTES: u64 = 1_300_000;
/// Mounts the disk on `$1`, runs the program `$2`, lists the files that are left, and ends with the program's exit status.
const SCRIPT: &str = "mount -t tmpfs -o size=$0 tmpfs \"$1\" || exit 99
\"$2\" prepare configs/tiny.toml --set vocabulary.path=\"$1/vocab.txt\" \
--set similar_words.table=\"$1/similar_words.table\" --set shards.directory=\"$1/shards\"
status=$?
ls -A \"$1\"
exit $status";

/// Prepares onto a full disk, and checks that the error names the reason and that no half-written file stays.
pub(crate) fn run() -> Result<()> {
    shell::run(shell::cargo().args(["build", "--workspace"]))?;
    let disk = shell::target().join("full-disk");
    std::fs::create_dir_all(&disk)?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", SCRIPT]);
    command.arg(DISK_BYTES.to_string()).arg(&disk);
    command.arg(shell::target().join("debug/macbert"));
    let output = command.current_dir(shell::root()).output();
    let output = output.context("could not start unshare (util-linux)")?;
    let [left, said] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    shell::say(said.trim_end());
    ensure!(
        output.status.code() != Some(99),
        "this machine does not let a user mount a disk in a namespace"
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
        "half-written files stayed: {left:?}"
    );
    shell::say(&format!(
        "the disk was full, and no half-written file stayed: {left:?}"
    ));
    Ok(())
}

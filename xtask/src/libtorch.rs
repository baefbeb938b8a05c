//! `cargo xtask libtorch`: LibTorch for the CPU, from pinned wheels, in `target/libtorch`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::shell;

/// Where LibTorch is laid out.
pub(crate) fn folder() -> PathBuf {
    shell::root().join("target/libtorch")
}

/// Fetches the wheels by pip, checks their hashes and takes out what the CPU form needs.
pub(crate) fn run() -> Result<()> {
    let folder = folder();
    if folder.join("build-version").is_file() {
        shell::say(&format!("{} is complete", folder.display()));
        return Ok(());
    }
    shell::run(
        Command::new("python3")
            .arg(shell::root().join("xtask/libtorch.py"))
            .arg(&folder),
    )?;
    shell::say(
        "now: cargo xtask pretrain --device tch:cpu\n\
         (or, by hand: LIBTORCH=$PWD/target/libtorch cargo build --release -p macbert --features tch)",
    );
    Ok(())
}

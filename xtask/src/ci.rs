//! `cargo xtask ci`: what continuous integration runs after the tests, cheap checks first.

use anyhow::Result;

use crate::{shell, tidy};

/// Format, tidy, clippy, docs, then a tiny corpus to a tiny checkpoint.
pub(crate) fn run() -> Result<()> {
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    shell::run(shell::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    shell::run(
        shell::cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    tiny_job()
}

/// The default job, cut to a few steps, in a folder of its own.
fn tiny_job() -> Result<()> {
    let out = shell::root().join("target/ci-job");
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    let set = |key: &str, value: &str| format!("{key}={value}");
    let folder = |name: &str| out.join(name).display().to_string();
    for stage in ["prepare", "pretrain"] {
        shell::run(
            shell::cargo()
                .args(["run", "--quiet", "--package", "macbert", "--", stage])
                .arg("configs/tiny.toml")
                .args(["--set", &set("vocabulary.path", &folder("vocab.txt"))])
                .args([
                    "--set",
                    &set("similar_words.table", &folder("similar_words.table")),
                ])
                .args(["--set", &set("shards.directory", &folder("shards"))])
                .args(["--set", &set("output.directory", &folder("pretrain"))])
                .args([
                    "--set",
                    "train.steps=12",
                    "--set",
                    "optimizer.warmup_steps=2",
                ]),
        )?;
    }
    Ok(())
}

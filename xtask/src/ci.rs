//! `cargo xtask ci`: what continuous integration runs after the tests, cheap checks first.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{shell, tidy};

/// The share of running Han words (function words aside) of the sample corpus that the sample list has to know.
const LEAST_COVERAGE: f64 = 0.8;

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
    check_coverage(&out.join("shards/manifest.json"))
}

/// The shipped list knows most of the running Han words of the shipped corpus, function words aside.
fn check_coverage(manifest: &Path) -> Result<()> {
    let text = std::fs::read_to_string(manifest)
        .with_context(|| format!("could not read {}", manifest.display()))?;
    let manifest: Value = serde_json::from_str(&text)?;
    let count = |key: &str| manifest["counts"][key].as_f64().unwrap_or(f64::NAN);
    let share = count("han_units_with_similar") / count("han_units");
    ensure!(
        share >= LEAST_COVERAGE,
        "the shipped list knows {:.1} % of the sample's running Han words, at least {:.0} %",
        100.0 * share,
        100.0 * LEAST_COVERAGE
    );
    shell::say(&format!(
        "the shipped list knows {:.1} % of the sample's running Han words",
        100.0 * share
    ));
    Ok(())
}

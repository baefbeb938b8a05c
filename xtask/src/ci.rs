//! `cargo xtask ci`: what continuous integration runs after the tests, cheap checks first.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::libtorch::{self, Form};
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

/// Clippy and the tests of the crates that know LibTorch, in a build folder of its own, so that the features of the others
/// do not build these anew.
pub(crate) fn run_with_libtorch() -> Result<()> {
    libtorch::run(Form::Cpu)?;
    let folder = libtorch::for_device(Form::Cpu.device())?;
    let crates = ["libtorch", "model", "trainer", "macbert"];
    let cargo = |call: &[&str]| {
        let mut command = shell::cargo();
        command.args(call);
        for name in crates {
            command.args(["--package", name, "--features"]);
            command.arg(format!("{name}/tch"));
        }
        command
            .env("LIBTORCH", &folder)
            .env("LD_LIBRARY_PATH", folder.join("lib"))
            .env("CARGO_TARGET_DIR", shell::root().join("target/ci-libtorch"));
        command
    };
    shell::run(cargo(&["clippy", "--all-targets"]).args(["--", "-D", "warnings"]))?;
    shell::run(&mut cargo(&["test"]))
}

/// The default job, cut to a few steps, in a folder of its own, by the program that the tests were run on.
fn tiny_job() -> Result<()> {
    let out = shell::root().join("target/ci-job");
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    // Built for the tests already: a build of the one package would unify features otherwise, and begin anew.
    shell::run(shell::cargo().args(["test", "--workspace", "--no-run"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let program = shell::root().join(target).join("debug/macbert");
    let place = |key: &str, name: &str| format!("{key}={}", out.join(name).display());
    let changes = [
        place("vocabulary.path", "vocab.txt"),
        place("similar_words.table", "similar_words.table"),
        place("shards.directory", "shards"),
        place("output.directory", "pretrain"),
        "train.steps=12".to_owned(),
        "optimizer.warmup_steps=2".to_owned(),
    ];
    for stage in ["prepare", "pretrain"] {
        let mut command = Command::new(&program);
        command.arg(stage).arg("configs/tiny.toml");
        for change in &changes {
            command.args(["--set", change]);
        }
        shell::run(command.current_dir(shell::root()))?;
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

//! `cargo xtask ci`: what continuous integration runs after the tests, cheap checks first.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::libtorch::{self, Variant};
use crate::python::TEST_OF_SEVERAL_DEVICES;
use crate::python_environment::Environment;
use crate::{metadata, shell, tidy, tiny_job};

/// The least share of the sample corpus's running Han words, function words left out, that the sample list has to know.
const LEAST_COVERAGE: f64 = 0.8;

/// Runs format, tidy, clippy, docs, then the default job cut to a few steps.
pub(crate) fn run() -> Result<()> {
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    shell::run(shell::cargo().args(clippy))?;
    shell::run(
        shell::cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    let programs = tiny_job::Programs::build()?;
    let outputs = tiny_job::run(&programs.macbert, &shell::target().join("ci-job"))?;
    check_coverage(&outputs.shards.join("manifest.json"))
}

/// Runs clippy and the tests of the crates that have a feature `tch`, and the test of training on several devices.
///
/// They have a target folder of their own: in the shared one, their other features would compile most crates again.
pub(crate) fn run_with_libtorch() -> Result<()> {
    libtorch::run(Variant::Cpu)?;
    let folder = libtorch::for_device(Variant::Cpu.device())?;
    let packages = metadata::packages()?;
    let with_feature = packages
        .iter()
        .filter(|package| package["features"]["tch"].is_array());
    let crates: Vec<&str> = with_feature.map(metadata::name).collect();
    let cargo = |call: &[&str]| {
        let mut command = shell::cargo();
        command.args(call);
        for name in &crates {
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
    shell::run(&mut cargo(&["test"]))?;
    shell::run(&mut cargo(&["build"]))?;
    let program = shell::root().join("target/ci-libtorch/debug/macbert");
    let mut test = Environment::prepare()?.python();
    shell::run(test.arg(TEST_OF_SEVERAL_DEVICES).arg(program))
}

/// Checks that the shipped list knows most of the running Han words of the shipped corpus, function words left out.
fn check_coverage(manifest: &Path) -> Result<()> {
    let text = std::fs::read_to_string(manifest)
        .with_context(|| format!("could not read {}", manifest.display()))?;
    let manifest: Value = serde_json::from_str(&text)?;
    let count = |key: &str| manifest["counts"][key].as_f64().unwrap_or(f64::NAN);
    let share = count("han_units_with_similar") / count("han_units");
    ensure!(
        share >= LEAST_COVERAGE,
        "the shipped list knows {:.1} % of the sample's running Han words, expected {:.0} % or more",
        100.0 * share,
        100.0 * LEAST_COVERAGE
    );
    shell::say(&format!(
        "the shipped list knows {:.1} % of the sample's running Han words",
        100.0 * share
    ));
    Ok(())
}

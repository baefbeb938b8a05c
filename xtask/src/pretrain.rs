//! `cargo xtask pretrain`: the whole job, from raw text to a Hugging Face folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::{libtorch, shell};

/// Builds the program for the device and runs every stage of the job; stages that are done are not done again.
pub(crate) fn run(config: &Path, device: &str, set: &[String]) -> Result<()> {
    ensure!(
        config.is_file(),
        "no config at {}; the shipped ones are in configs/",
        config.display()
    );
    let feature = device.split(':').next().unwrap_or(device);
    let program = build(feature)?;
    let overrides: Vec<OsString> = set
        .iter()
        .flat_map(|s| [OsString::from("--set"), OsString::from(s)])
        .collect();
    stage(&program, feature, &["prepare"], config, &overrides, &[])?;
    stage(
        &program,
        feature,
        &["pretrain"],
        config,
        &overrides,
        &["--device", device, "--resume"],
    )
}

/// A release build with the device's feature; returns the program's path.
fn build(feature: &str) -> Result<PathBuf> {
    let mut command = shell::cargo();
    command.args(["build", "--release", "--package", "macbert"]);
    if feature != "flex" {
        command.args(["--features", feature]);
    }
    with_libtorch(&mut command, feature);
    shell::run(&mut command)?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| shell::root().join("target"), PathBuf::from);
    Ok(target.join("release").join("macbert"))
}

fn stage(
    program: &Path,
    feature: &str,
    name: &[&str],
    config: &Path,
    overrides: &[OsString],
    more: &[&str],
) -> Result<()> {
    let mut command = Command::new(program);
    command
        .args(name)
        .arg(config)
        .args(overrides)
        .args(more)
        .current_dir(std::env::current_dir()?);
    with_libtorch(&mut command, feature);
    shell::run(&mut command)
}

/// LibTorch is found where `cargo xtask libtorch` puts it, unless `LIBTORCH` names another place.
fn with_libtorch(command: &mut Command, feature: &str) {
    if feature == "tch" && std::env::var_os("LIBTORCH").is_none() {
        command.env("LIBTORCH", libtorch::folder());
    }
}

//! `cargo xtask pretrain`: the whole job, from raw text to a Hugging Face folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::{libtorch, shell};

/// The devices, by what their names begin with, which is the name of their cargo feature.
const DEVICES: [&str; 4] = ["flex", "tch", "cuda", "vulkan"];

/// Builds the program for the device, and runs every stage of the job that is not done yet.
pub(crate) fn run(config: &Path, device: &str, set: &[String]) -> Result<()> {
    // A shipped config is found from any folder of the project.
    let in_project = shell::root().join(config);
    let config = if config.is_file() {
        config
    } else {
        &in_project
    };
    ensure!(
        config.is_file(),
        "no config at {}; the shipped ones are in configs/",
        config.display()
    );
    let feature = device.split(':').next().unwrap_or(device);
    ensure!(
        DEVICES.contains(&feature),
        "no device `{device}`: expected one of flex, tch:cpu, tch:0, cuda:0, vulkan:0"
    );
    let program = build(device, feature)?;
    let overrides: Vec<OsString> = set
        .iter()
        .flat_map(|s| [OsString::from("--set"), OsString::from(s)])
        .collect();
    stage(&program, &["prepare"], config, &overrides, &[])?;
    stage(
        &program,
        &["pretrain"],
        config,
        &overrides,
        &["--device", device, "--resume"],
    )
}

/// Builds the program with the device's feature for release, and returns its path.
fn build(device: &str, feature: &str) -> Result<PathBuf> {
    let mut command = shell::cargo();
    command.args(["build", "--release", "--package", "macbert"]);
    if feature != "flex" {
        command.args(["--features", feature]);
    }
    // LibTorch is found where `cargo xtask libtorch` puts it, unless `LIBTORCH` names another folder. The program finds it in
    // the same folder when it runs.
    if feature == "tch" && std::env::var_os("LIBTORCH").is_none() {
        command.env("LIBTORCH", libtorch::for_device(device)?);
    }
    shell::run(&mut command)?;
    Ok(shell::target().join("release/macbert"))
}

fn stage(
    program: &Path,
    name: &[&str],
    config: &Path,
    overrides: &[OsString],
    more: &[&str],
) -> Result<()> {
    shell::run(
        Command::new(program)
            .args(name)
            .arg(config)
            .args(overrides)
            .args(more)
            .current_dir(std::env::current_dir()?),
    )
}

//! Builds the bench programs of this project.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::options::Options;
use crate::{libtorch, shell};

/// The bench programs of this project.
pub(super) struct Programs {
    /// The program for the pure-Rust device; None on a GPU.
    pub(super) flex: Option<PathBuf>,
    /// The program with LibTorch, unless it is left out.
    pub(super) libtorch: Option<PathBuf>,
    /// The LibTorch that the second program was built with; None if it was built elsewhere.
    pub(super) libtorch_folder: Option<PathBuf>,
}

impl Programs {
    pub(super) fn build(options: &Options) -> Result<Self> {
        let flex = (!options.gpu).then(|| build(&[], None)).transpose()?;
        let (libtorch, libtorch_folder) = match &options.step {
            _ if options.without_libtorch => (None, None),
            Some(program) => (Some(program.clone()), None),
            None => {
                let folder = libtorch::for_device(options.libtorch_device())
                    .context("--without-libtorch leaves its contestants out")?;
                let program = build(&["--features", "tch"], Some(&folder))?;
                (Some(program), Some(folder))
            }
        };
        Ok(Self {
            flex,
            libtorch,
            libtorch_folder,
        })
    }
}

/// Builds the bench of a step, and finds the program in cargo's messages.
fn build(arguments: &[&str], libtorch: Option<&Path>) -> Result<PathBuf> {
    let mut command = shell::cargo();
    command.args([
        "bench",
        "--package",
        "trainer",
        "--bench",
        "step",
        "--no-run",
    ]);
    command
        .args(["--message-format", "json-render-diagnostics"])
        .args(arguments);
    if let Some(folder) = libtorch {
        command.env("LIBTORCH", folder);
        command.env("CARGO_TARGET_DIR", shell::root().join("target-tch"));
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(
        output.status.success(),
        "{command:?} failed ({})",
        output.status
    );
    let lines = String::from_utf8(output.stdout)?;
    let program = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "step")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.context("cargo did not say where the bench is")
}

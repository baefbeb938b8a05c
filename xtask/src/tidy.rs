//! `cargo xtask tidy`: what no compiler checks.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{circles, edges, sample, shell};

/// No Rust file is longer; one that is holds two things.
const MAX_LINES: usize = 500;
/// Files that the root of the project has to hold.
const ROOT_FILES: [&str; 6] = [
    "README.md",
    "README.zh.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "rust-toolchain.toml",
];

/// Runs all checks and shows every finding before failing.
pub(crate) fn run() -> Result<()> {
    let mut found = edges::violations()?;
    found.extend(circles::violations(&shell::root())?);
    found.extend(sample::violations(&shell::root())?);
    for name in ROOT_FILES {
        if !shell::root().join(name).is_file() {
            found.push(format!("{name} is missing"));
        }
    }
    for file in tracked_rust_files()? {
        found.extend(file_violations(&file)?);
    }
    for line in &found {
        shell::say(&format!("tidy: {line}"));
    }
    ensure!(
        found.is_empty(),
        "tidy found {} things to mend",
        found.len()
    );
    shell::say("tidy: crate edges, file sizes and headers, samples: fine");
    Ok(())
}

fn tracked_rust_files() -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "*.rs"])
        .current_dir(shell::root())
        .output()
        .context("could not run git ls-files")?;
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .filter(|file| shell::root().join(file).is_file())
        .map(str::to_owned)
        .collect())
}

fn file_violations(file: &str) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(shell::root().join(Path::new(file)))
        .with_context(|| format!("could not read {file}"))?;
    let mut found = Vec::new();
    if !text.starts_with("//!") {
        found.push(format!(
            "{file}: opens without a `//!` line that says its one job"
        ));
    }
    let n_lines = text.lines().count();
    if n_lines > MAX_LINES {
        found.push(format!("{file}: {n_lines} lines, at most {MAX_LINES}"));
    }
    Ok(found)
}

//! `cargo xtask tidy`: what no compiler checks.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{circles, edges, sample, shell};

/// The most lines of a Rust file. A longer file has more than one job.
const MAX_LINES: usize = 500;
/// Files that the project's folder has to have.
const ROOT_FILES: [&str; 6] = [
    "README.md",
    "README.zh.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "rust-toolchain.toml",
];

/// Runs all checks, and shows every finding before it fails.
pub(crate) fn run() -> Result<()> {
    let mut found = edges::violations()?;
    found.extend(circles::violations(&shell::root())?);
    found.extend(sample::violations(&shell::root())?);
    found.extend(crate::sections::violations(&shell::root())?);
    for name in ROOT_FILES {
        if !shell::root().join(name).is_file() {
            found.push(format!("{name} is missing"));
        }
    }
    for file in shell::tracked_files("*.rs")? {
        found.extend(file_violations(&file)?);
    }
    for line in &found {
        shell::say(&format!("tidy: {line}"));
    }
    ensure!(
        found.is_empty(),
        "tidy found {} violations of the rules",
        found.len()
    );
    shell::say("tidy: no violations of the rules of the repository");
    Ok(())
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
        found.push(format!(
            "{file}: {n_lines} lines, expected {MAX_LINES} or fewer"
        ));
    }
    Ok(found)
}

//! The packages of the workspace, as `cargo metadata` shows them.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::shell;

/// Every package of the workspace.
pub(crate) fn packages() -> Result<Vec<Value>> {
    let output = shell::cargo()
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .context("could not run cargo metadata")?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")?;
    let packages = metadata["packages"].as_array();
    packages.cloned().context("cargo metadata has no packages")
}

/// A package's name.
pub(crate) fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

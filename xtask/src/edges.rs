//! Which crate may use which: the table of ARCHITECTURE.md held against `cargo metadata`.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// The rooms, bottom floor first, and the rooms that each may use.
const FLOORS: [(&str, &[&str]); 12] = [
    ("corpus", &[]),
    ("segment", &[]),
    ("model", &[]),
    ("synonym", &["segment"]),
    ("sop", &["segment"]),
    ("masking", &["segment", "synonym"]),
    ("shard", &["segment", "sop"]),
    ("prepare", &["corpus", "segment", "synonym", "sop", "shard"]),
    ("batch", &["segment", "sop", "masking", "shard"]),
    ("trainer", &["segment", "masking", "batch", "model"]),
    (
        "macbert",
        &[
            "corpus", "segment", "model", "synonym", "sop", "masking", "shard", "prepare", "batch",
            "trainer",
        ],
    ),
    ("xtask", &[]),
];

/// Data crates know no burn.
const WITH_BURN: [&str; 2] = ["model", "trainer"];

/// Every crate edge that the table does not allow, one line each.
pub(crate) fn violations() -> Result<Vec<String>> {
    let output = shell::cargo()
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .context("could not run cargo metadata")?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = FLOORS.iter().find(|(room, _)| *room == name) else {
            found.push(format!(
                "crate `{name}` is not in the table of rooms (xtask/src/edges.rs)"
            ));
            continue;
        };
        found.extend(edges(package).filter_map(|used| refusal(name, allowed, used)));
    }
    Ok(found)
}

/// The names of the packages that a package uses outside tests.
fn edges(package: &Value) -> impl Iterator<Item = &str> {
    package["dependencies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|dependency| dependency["kind"].is_null())
        .filter_map(|dependency| dependency["name"].as_str())
}

fn refusal(name: &str, allowed: &[&str], used: &str) -> Option<String> {
    let is_room = FLOORS.iter().any(|(room, _)| *room == used);
    if is_room && !allowed.contains(&used) {
        return Some(format!("crate `{name}` may not use `{used}`"));
    }
    if used.starts_with("burn") && !WITH_BURN.contains(&name) {
        return Some(format!(
            "crate `{name}` may not use `{used}`: only model and trainer know burn"
        ));
    }
    None
}

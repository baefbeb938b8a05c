//! Finds circles of imports between the files of a crate.
//!
//! File A imports from file B if a path in A leads to a module or an item of B. A path through a re-export leads to the file
//! that has the item. `mod b;` alone is no import, nor is a re-export of `lib.rs`. Code under `#[cfg(test)]` is left out.

mod attributes;
mod components;
mod modules;
mod syntax;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use components::Edge;
use modules::Modules;

/// The names that one file imports from another.
type Edges = BTreeMap<Edge<PathBuf>, BTreeSet<String>>;

/// Every circle of the project's crates: which files it has, then one line for each of its imports.
pub(crate) fn violations(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in crate_folders(root)? {
        for target in target_roots(&folder)? {
            let edges = edges(&Modules::read(&target)?);
            found.extend(
                circles(&edges)
                    .iter()
                    .map(|circle| report(root, &edges, circle)),
            );
        }
    }
    Ok(found)
}

/// The folders of `crates/` and `xtask`, by name.
fn crate_folders(root: &Path) -> Result<Vec<PathBuf>> {
    let crates = root.join("crates");
    let entries = std::fs::read_dir(&crates)
        .with_context(|| format!("could not read the folder {}", crates.display()))?;
    let mut folders = vec![root.join("xtask")];
    for entry in entries {
        folders.push(entry?.path());
    }
    folders.retain(|folder| folder.join("Cargo.toml").is_file());
    folders.sort();
    Ok(folders)
}

/// The files that a crate's library and programs begin with.
fn target_roots(folder: &Path) -> Result<Vec<PathBuf>> {
    let source = folder.join("src");
    let mut roots = vec![source.join("lib.rs"), source.join("main.rs")];
    let programs = source.join("bin");
    if programs.is_dir() {
        for entry in std::fs::read_dir(programs)? {
            roots.push(entry?.path());
        }
    }
    roots.retain(|root| root.is_file());
    Ok(roots)
}

fn edges(modules: &Modules) -> Edges {
    let mut edges = Edges::new();
    for (index, module) in modules.iter() {
        let is_library = module.file.ends_with("src/lib.rs");
        let imports = module
            .imports
            .iter()
            .filter(|i| !(is_library && i.is_reexport));
        for path in imports.map(|import| &import.path).chain(&module.paths) {
            let Some(target) = modules.resolve(index, path) else {
                continue;
            };
            let file = modules.file(target.module);
            if file != module.file {
                let edge = Edge {
                    from: module.file.clone(),
                    to: file.to_path_buf(),
                };
                edges.entry(edge).or_default().insert(target.name);
            }
        }
    }
    edges
}

fn circles(edges: &Edges) -> Vec<BTreeSet<&Path>> {
    let edges = edges.keys().map(|edge| Edge {
        from: edge.from.as_path(),
        to: edge.to.as_path(),
    });
    components::circles(&edges.collect())
}

fn report(root: &Path, edges: &Edges, circle: &BTreeSet<&Path>) -> String {
    let mut report = format!("a circle of imports between {} files", circle.len());
    for (edge, names) in edges {
        if circle.contains(edge.from.as_path()) && circle.contains(edge.to.as_path()) {
            let _ = write!(report, "\n  {}", line(root, edge, names));
        }
    }
    report
}

/// One import as it is shown; the files' paths begin behind `root`.
fn line(root: &Path, edge: &Edge<PathBuf>, names: &BTreeSet<String>) -> String {
    let shown = |file: &Path| {
        let file = file.strip_prefix(root).unwrap_or(file);
        file.display().to_string()
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!(
        "{} -> {}: {}",
        shown(&edge.from),
        shown(&edge.to),
        names.join(", ")
    )
}

//! Reading the config of a job: the file, then the overrides of the command line, then the checks.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use toml_edit::{DocumentMut, Item, Table, Value};

use super::job::Config;
use crate::failure::usage_error;

/// Reads and checks the config of a job.
///
/// Errors name the file and the line, or the override, and end the program with status 2.
pub(crate) fn load(file: &Path, overrides: &[String]) -> Result<Config> {
    read(file, overrides).map_err(usage_error)
}

fn read(file: &Path, overrides: &[String]) -> Result<Config> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("could not read the config {}", file.display()))?;
    let text = with_overrides(&text, &file.display().to_string(), overrides)?;
    let mut config: Config =
        toml::from_str(&text).map_err(|error| anyhow!("{}: {error}", file.display()))?;
    config.base = file.parent().unwrap_or(Path::new("")).to_path_buf();
    config.check().with_context(|| file.display().to_string())?;
    Ok(config)
}

/// Applies overrides to the text of a config. `name` is the config's name in errors.
pub(super) fn with_overrides(text: &str, name: &str, overrides: &[String]) -> Result<String> {
    let mut document: DocumentMut = text.parse().map_err(|error| anyhow!("{name}: {error}"))?;
    for change in overrides {
        apply(&mut document, change)?;
    }
    Ok(document.to_string())
}

/// Sets one `key.path=value`. Missing tables of the path are added.
fn apply(document: &mut DocumentMut, change: &str) -> Result<()> {
    let (key, value) = change
        .split_once('=')
        .with_context(|| format!("--set {change}: expected KEY.PATH=VALUE"))?;
    let mut path: Vec<&str> = key.trim().split('.').collect();
    let last = path.pop().unwrap_or_default();
    let mut table: &mut Table = document.as_table_mut();
    for part in path {
        let item = table
            .entry(part)
            .or_insert_with(|| Item::Table(Table::new()));
        table = item
            .as_table_mut()
            .with_context(|| format!("--set {change}: `{part}` is not a section"))?;
    }
    let value = value.trim();
    let value: Value = value.parse().unwrap_or_else(|_| Value::from(value));
    table.insert(last, Item::Value(value));
    Ok(())
}

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

/// Reads and checks the config of a job without some keys of the file.
pub(crate) fn load_without(file: &Path, keys: &[&str], overrides: &[String]) -> Result<Config> {
    let read = || {
        let name = file.display().to_string();
        let mut document = parsed(&read_text(file)?, &name)?;
        for key in keys {
            remove(&mut document, key);
        }
        checked(
            file,
            &with_overrides(&document.to_string(), &name, overrides)?,
        )
    };
    read().map_err(usage_error)
}

fn read(file: &Path, overrides: &[String]) -> Result<Config> {
    let name = file.display().to_string();
    checked(file, &with_overrides(&read_text(file)?, &name, overrides)?)
}

/// Reads the text of a config.
pub(super) fn read_text(file: &Path) -> Result<String> {
    std::fs::read_to_string(file)
        .with_context(|| format!("could not read the config {}", file.display()))
}

fn checked(file: &Path, text: &str) -> Result<Config> {
    let mut config: Config =
        toml::from_str(text).map_err(|error| anyhow!("{}: {error}", file.display()))?;
    config.base = file.parent().unwrap_or(Path::new("")).to_path_buf();
    config.check().with_context(|| file.display().to_string())?;
    Ok(config)
}

/// Applies overrides to the text of a config. `name` is the config's name in errors.
pub(super) fn with_overrides(text: &str, name: &str, overrides: &[String]) -> Result<String> {
    let mut document = parsed(text, name)?;
    for change in overrides {
        apply(&mut document, change)?;
    }
    Ok(document.to_string())
}

fn parsed(text: &str, name: &str) -> Result<DocumentMut> {
    text.parse().map_err(|error| anyhow!("{name}: {error}"))
}

/// Removes a key, if it is there.
fn remove(document: &mut DocumentMut, key: &str) {
    let (section, last) = key.rsplit_once('.').unwrap_or(("", key));
    let mut parts = section.split('.').filter(|part| !part.is_empty());
    let section = parts.try_fold(document.as_table_mut(), |table, part| {
        table.get_mut(part)?.as_table_mut()
    });
    section.map(|section| section.remove(last));
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

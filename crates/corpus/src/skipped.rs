//! Counts the files of a corpus's folders that are not read, by their endings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component, Path, PathBuf};

use crate::packing::packing_of;

/// Files of folders that are not read, because their names do not say that they hold text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// By ending, in lower case, without the dot; empty for names without one.
    by_ending: BTreeMap<String, Files>,
}

/// Files with the same ending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Files {
    count: usize,
    /// The recorded path of the first of them.
    first: String,
}

impl Skipped {
    pub(crate) fn of(base: &Path, paths: &BTreeSet<PathBuf>) -> Self {
        let mut skipped = Self::default();
        for path in paths {
            let files = skipped.by_ending.entry(ending(path)).or_default();
            if files.count == 0 {
                files.first = recorded_path(base, path);
            }
            files.count += 1;
        }
        skipped
    }

    /// The number of files.
    pub fn total(&self) -> usize {
        self.by_ending.values().map(|files| files.count).sum()
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        write!(formatter, "{total} {}:", files(total))?;
        for (index, (ending, files)) in self.by_ending.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match ending.as_str() {
                "" => write!(formatter, "{comma} {} without an ending", files.count)?,
                ending => write!(formatter, "{comma} {} .{ending}", files.count)?,
            }
            let more = if files.count > 1 { ", …" } else { "" };
            write!(formatter, " ({}{more})", files.first)?;
        }
        Ok(())
    }
}

const fn files(count: usize) -> &'static str {
    if count == 1 { "file" } else { "files" }
}

/// The ending of a file's name, in lower case; that of a packed file with the ending below it, as in `csv.gz`.
fn ending(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let stem = packing_of(&name).0;
    match stem.rfind('.').or_else(|| name.rfind('.')) {
        Some(dot) => name[dot + 1..].to_owned(),
        None => String::new(),
    }
}

/// The path that is recorded for a file: relative to the base with `/` between folders, or absolute if the file lies
/// outside the base.
pub(crate) fn recorded_path(base: &Path, disk_path: &Path) -> String {
    let relative = disk_path.strip_prefix(base).unwrap_or(disk_path);
    let mut recorded = String::new();
    for part in relative.components() {
        if !recorded.is_empty() && !recorded.ends_with('/') {
            recorded.push('/');
        }
        match part {
            Component::RootDir => recorded.push('/'),
            part => recorded.push_str(&part.as_os_str().to_string_lossy()),
        }
    }
    recorded
}

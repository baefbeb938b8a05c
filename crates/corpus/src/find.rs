//! Finds the files that the paths of a config lead to.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use crate::error::CorpusError;
use crate::format::format_of;
use crate::options::FormatOption;
use crate::skipped::Skipped;

/// Finds the files of a path or pattern; none is an error. Files of folders whose names do not say their format are added to
/// `skipped`.
pub(crate) fn find(
    base: &Path,
    pattern: &str,
    format: FormatOption,
    skipped: &mut BTreeSet<PathBuf>,
) -> Result<Vec<PathBuf>, CorpusError> {
    let mut search = Search {
        format,
        folders: HashSet::new(),
        found: Vec::new(),
        skipped: BTreeSet::new(),
    };
    let path = base.join(pattern);
    if path.exists() {
        search.add_named(&path)?;
    } else {
        let wrong = |reason: String| CorpusError::Pattern {
            pattern: pattern.to_owned(),
            reason,
        };
        // The base is escaped, because brackets in its own name are not a pattern.
        let escaped = PathBuf::from(glob::Pattern::escape(&base.to_string_lossy())).join(pattern);
        let paths = glob::glob(&escaped.to_string_lossy());
        for path in paths.map_err(|error| wrong(error.msg.to_owned()))? {
            let path = path.map_err(|error| wrong(error.to_string()))?;
            search.add_named(&path)?;
        }
    }
    if search.found.is_empty() && !search.skipped.is_empty() {
        return Err(CorpusError::NoKnownNames {
            pattern: pattern.to_owned(),
            skipped: Skipped::of(base, &search.skipped),
        });
    }
    if search.found.is_empty() {
        return Err(CorpusError::Missing {
            pattern: pattern.to_owned(),
            base: base.to_path_buf(),
        });
    }
    skipped.append(&mut search.skipped);
    Ok(search.found)
}

struct Search {
    format: FormatOption,
    /// Folders that were read already. A link that leads back into one of them would never end.
    folders: HashSet<PathBuf>,
    found: Vec<PathBuf>,
    skipped: BTreeSet<PathBuf>,
}

impl Search {
    /// Adds a path that the config or a pattern names: a file of any name, or a folder with all below it.
    fn add_named(&mut self, path: &Path) -> Result<(), CorpusError> {
        if path.is_dir() {
            return self.add_folder(path);
        }
        self.found.push(path.to_path_buf());
        Ok(())
    }

    /// Adds a path below a folder: a folder, or a file whose format is known from its name or set by the config. Other files
    /// are skipped.
    fn add_below(&mut self, path: &Path) -> Result<(), CorpusError> {
        if path.is_dir() {
            return self.add_folder(path);
        }
        if format_of(path, self.format).is_ok() {
            self.found.push(path.to_path_buf());
        } else {
            self.skipped.insert(path.to_path_buf());
        }
        Ok(())
    }

    /// Adds all files below a folder, in the order of their names; hidden ones are left out.
    fn add_folder(&mut self, folder: &Path) -> Result<(), CorpusError> {
        let entries = self.read_folder(folder);
        let entries = entries.map_err(|source| CorpusError::Read {
            path: folder.to_path_buf(),
            source,
        })?;
        for entry in entries {
            if !entry.file_name().to_string_lossy().starts_with('.') {
                self.add_below(&entry.path())?;
            }
        }
        Ok(())
    }

    /// The entries of a folder, sorted by name; none if it was read before.
    fn read_folder(&mut self, folder: &Path) -> std::io::Result<Vec<std::fs::DirEntry>> {
        if !self.folders.insert(folder.canonicalize()?) {
            return Ok(Vec::new());
        }
        let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        Ok(entries)
    }
}

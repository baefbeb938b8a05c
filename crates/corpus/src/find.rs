//! Paths of a config to files on disk.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use crate::error::CorpusError;
use crate::format::format_of;
use crate::options::FormatOption;

/// The files of a path or pattern, at least one.
pub(crate) fn find(
    base: &Path,
    pattern: &str,
    format: FormatOption,
) -> Result<Vec<PathBuf>, CorpusError> {
    let mut search = Search {
        format,
        folders: HashSet::new(),
        found: Vec::new(),
    };
    let whole = base.join(pattern);
    if whole.exists() {
        search.gather(&whole, true)?;
    } else {
        let wrong = |reason: String| CorpusError::Pattern {
            pattern: pattern.to_owned(),
            reason,
        };
        // Brackets in the base's own name are no pattern.
        let escaped = PathBuf::from(glob::Pattern::escape(&base.to_string_lossy())).join(pattern);
        let paths = glob::glob(&escaped.to_string_lossy());
        for path in paths.map_err(|error| wrong(error.msg.to_owned()))? {
            let path = path.map_err(|error| wrong(error.to_string()))?;
            search.gather(&path, true)?;
        }
    }
    if search.found.is_empty() {
        return Err(CorpusError::Missing {
            pattern: pattern.to_owned(),
            base: base.to_path_buf(),
        });
    }
    Ok(search.found)
}

/// A path as it is recorded: relative to the base, `/` between folders; absolute where it lies elsewhere.
pub(crate) fn recorded(base: &Path, real: &Path) -> String {
    let relative = real.strip_prefix(base).unwrap_or(real);
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

struct Search {
    format: FormatOption,
    /// Folders on the way that were read: a link back into one would never end.
    folders: HashSet<PathBuf>,
    found: Vec<PathBuf>,
}

impl Search {
    /// A file that is named, or all files of known formats below a folder (hidden ones aside); all files where the
    /// config says what they are.
    fn gather(&mut self, path: &Path, named: bool) -> Result<(), CorpusError> {
        if path.is_dir() {
            return self.gather_folder(path).map_err(|source| match source {
                Failure::Read(source) => CorpusError::Read {
                    path: path.to_path_buf(),
                    source,
                },
                Failure::Below(error) => error,
            });
        }
        if named || format_of(path, self.format).is_ok() {
            self.found.push(path.to_path_buf());
        }
        Ok(())
    }

    fn gather_folder(&mut self, folder: &Path) -> Result<(), Failure> {
        if !self.folders.insert(folder.canonicalize()?) {
            return Ok(());
        }
        let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            if !entry.file_name().to_string_lossy().starts_with('.') {
                self.gather(&entry.path(), false).map_err(Failure::Below)?;
            }
        }
        Ok(())
    }
}

enum Failure {
    Read(std::io::Error),
    Below(CorpusError),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error)
    }
}

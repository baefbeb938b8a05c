//! The list of documents to leave out.
//!
//! A line a document: the file as the corpus records it, a tab, the record's number as [`crate::Source`] has it; what
//! follows behind another tab is for people. Lines that begin with `#` and empty lines say nothing.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crate::document::Source;
use crate::error::CorpusError;

/// Records to leave out, by file; each with the line that names the file first.
pub(crate) struct DropList {
    by_file: HashMap<String, (usize, HashSet<u64>)>,
}

impl DropList {
    pub(crate) fn read(path: &Path) -> Result<Self, CorpusError> {
        let text = std::fs::read_to_string(path).map_err(|source| CorpusError::ReadDropList {
            path: path.to_path_buf(),
            source,
        })?;
        let mut by_file: HashMap<String, (usize, HashSet<u64>)> = HashMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut cells = line.split('\t');
            let file = cells.next().unwrap_or_default();
            let record = cells.next().and_then(|record| record.parse().ok());
            let record = record.ok_or_else(|| CorpusError::DropListLine {
                path: path.to_path_buf(),
                line: number,
                found: line.to_owned(),
            })?;
            let records = by_file.entry(file.to_owned());
            records.or_insert((number, HashSet::new())).1.insert(record);
        }
        Ok(Self { by_file })
    }

    /// Takes the records of a file out of the list.
    pub(crate) fn take(&mut self, file: &str) -> Option<Arc<HashSet<u64>>> {
        let (_, records) = self.by_file.remove(file)?;
        Some(Arc::new(records))
    }

    /// Nothing may be left over once every file has taken its own.
    pub(crate) fn end(self, path: &Path) -> Result<(), CorpusError> {
        let first = self.by_file.into_iter().min_by_key(|(_, (line, _))| *line);
        match first {
            None => Ok(()),
            Some((found, (line, _))) => Err(CorpusError::DropListFile {
                path: path.to_path_buf(),
                line,
                found,
            }),
        }
    }
}

/// Writes a line of a list: a document to leave out, and the one that is kept in its place.
pub fn write_dropped(to: &mut impl Write, dropped: &Source, kept: &Source) -> io::Result<()> {
    let (path, record) = (&dropped.path, dropped.record);
    writeln!(to, "{path}\t{record}\t{} {}", kept.path, kept.record)
}

//! Reads and writes lists of documents to leave out.
//!
//! Each line names one document: the file's recorded path, a tab, and the record's position as in [`crate::Source`].
//! Whatever follows another tab is a note for people. Empty lines and lines that begin with `#` are skipped.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crate::document::Source;
use crate::error::CorpusError;

/// The records to leave out, by file.
pub(crate) struct DropList {
    by_file: HashMap<String, ListedFile>,
}

struct ListedFile {
    /// The first line that names the file, from 1.
    first_line: usize,
    records: HashSet<u64>,
}

impl DropList {
    pub(crate) fn read(path: &Path) -> Result<Self, CorpusError> {
        let text = std::fs::read_to_string(path).map_err(|source| CorpusError::ReadDropList {
            path: path.to_path_buf(),
            source,
        })?;
        let mut by_file: HashMap<String, ListedFile> = HashMap::new();
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
            let listed = by_file.entry(file.to_owned()).or_insert(ListedFile {
                first_line: number,
                records: HashSet::new(),
            });
            listed.records.insert(record);
        }
        Ok(Self { by_file })
    }

    /// Removes a file from the list and returns its records.
    pub(crate) fn take(&mut self, recorded_path: &str) -> Option<Arc<HashSet<u64>>> {
        let listed = self.by_file.remove(recorded_path)?;
        Some(Arc::new(listed.records))
    }

    /// Refuses a list that still has a file after every file of the corpus was taken from it.
    pub(crate) fn finish(self, path: &Path) -> Result<(), CorpusError> {
        let first = self
            .by_file
            .into_iter()
            .min_by_key(|(_, listed)| listed.first_line);
        match first {
            None => Ok(()),
            Some((found, listed)) => Err(CorpusError::DropListFile {
                path: path.to_path_buf(),
                line: listed.first_line,
                found,
            }),
        }
    }
}

/// Writes one line of a list: the document to leave out and, as a note, the one that is kept instead.
pub fn write_dropped(to: &mut impl Write, dropped: &Source, kept: &Source) -> io::Result<()> {
    let (path, record) = (&dropped.path, dropped.record);
    writeln!(to, "{path}\t{record}\t{} {}", kept.path, kept.record)
}

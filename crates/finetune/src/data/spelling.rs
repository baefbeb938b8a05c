//! Spelling pairs: a sentence and its correction, of equal length.

use std::path::Path;

use crate::data::error::DataError;
use crate::data::rows::{Row, TableForm, read_rows};

/// A sentence and its correction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpellingPair {
    /// The line in the file, from 1.
    pub line: usize,
    /// The sentence as it was written.
    pub source: String,
    /// The corrected sentence. It has as many characters.
    pub target: String,
}

/// Reads pairs from two columns of a table.
pub fn read_spelling(
    path: &Path,
    form: TableForm,
    source: &str,
    target: &str,
) -> Result<Vec<SpellingPair>, DataError> {
    let rows = read_rows(path, form, &[source, target])?;
    rows.into_iter().map(|row| pair(path, row)).collect()
}

fn pair(path: &Path, row: Row) -> Result<SpellingPair, DataError> {
    let mut fields = row.fields.into_iter();
    let pair = SpellingPair {
        line: row.line,
        source: fields.next().unwrap_or_default(),
        target: fields.next().unwrap_or_default(),
    };
    let (from, to) = (pair.source.chars().count(), pair.target.chars().count());
    if from != to {
        return Err(DataError::UnequalPair {
            path: path.to_path_buf(),
            line: pair.line,
            from,
            to,
        });
    }
    Ok(pair)
}

//! Finds the columns that a config names in the first line of a table.

use std::path::Path;

use crate::data::error::DataError;

/// The columns to read, as indices from 0, and how many columns a line must have.
pub(crate) struct Columns {
    pub(crate) indices: Vec<usize>,
    /// The number of columns of each line; `None` if there is no header that says so.
    n_columns: Option<usize>,
}

impl Columns {
    /// Finds the columns by their names in the header; a number from 1 that is no name is a column too.
    pub(crate) fn by_name(path: &Path, header: &str, names: &[&str]) -> Result<Self, DataError> {
        let found: Vec<&str> = header.split('\t').collect();
        let index = |name: &&str| {
            let named = found.iter().position(|other| other.trim() == *name);
            let numbered = || number(name).filter(|index| *index < found.len());
            named.or_else(numbered).ok_or_else(|| DataError::NoColumn {
                path: path.to_path_buf(),
                column: (*name).to_owned(),
                found: found.join(", "),
            })
        };
        Ok(Self {
            indices: names.iter().map(index).collect::<Result<_, _>>()?,
            n_columns: Some(found.len()),
        })
    }

    /// Takes the columns by their numbers from 1.
    pub(crate) fn by_number(path: &Path, names: &[&str]) -> Result<Self, DataError> {
        let index = |name: &&str| {
            number(name).ok_or_else(|| DataError::ColumnName {
                path: path.to_path_buf(),
                column: (*name).to_owned(),
            })
        };
        Ok(Self {
            indices: names.iter().map(index).collect::<Result<_, _>>()?,
            n_columns: None,
        })
    }

    /// Takes the fields of a line.
    pub(crate) fn fields(
        &self,
        path: &Path,
        line: usize,
        text: &str,
    ) -> Result<Vec<String>, DataError> {
        let fields: Vec<&str> = text.split('\t').collect();
        let at_least = self.indices.iter().max().map_or(0, |index| index + 1);
        let expected = match self.n_columns {
            Some(n) if n != fields.len() => Some(n.to_string()),
            None if fields.len() < at_least => Some(format!("at least {at_least}")),
            _ => None,
        };
        if let Some(expected) = expected {
            return Err(DataError::Columns {
                path: path.to_path_buf(),
                line,
                expected,
                found: fields.len(),
            });
        }
        let taken = self.indices.iter().map(|index| fields[*index].to_owned());
        Ok(taken.collect())
    }
}

/// The index of a column that is given as a number from 1.
fn number(name: &str) -> Option<usize> {
    name.parse::<usize>().ok()?.checked_sub(1)
}

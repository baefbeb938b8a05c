//! Defines the errors of reading a task's file.

use std::path::PathBuf;

/// Why a file of a task cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file could not be read, or its packing is damaged.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A line is not UTF-8.
    #[error(
        "{path}:{line}: the text is not UTF-8; convert the file first: iconv -f GB18030 -t UTF-8 OLD > NEW"
    )]
    Utf8 {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The file has no example.
    #[error("{path}: there are no examples in the file")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A line is empty, but others follow.
    #[error("{path}:{line}: the line is empty, and more lines follow; remove it")]
    EmptyLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A column is not there.
    #[error("{path}:1: there is no column `{column}`; there are: {found}")]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column of the config.
        column: String,
        /// The names in the first line.
        found: String,
    },
    /// A column of a file without header is not given by its number.
    #[error("{path}: the file has no header, so columns are numbers from 1; found `{column}`")]
    ColumnName {
        /// The file.
        path: PathBuf,
        /// The column of the config.
        column: String,
    },
    /// A line has another number of columns than it should.
    #[error("{path}:{line}: expected {expected} columns, found {found}")]
    Columns {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What was expected: `3`, or `at least 3`.
        expected: String,
        /// Columns of the line.
        found: usize,
    },
    /// A line of a JSONL file does not have a field.
    #[error(
        "{path}:{line}: there is no field `{field}` with a text or a number; there are: {found}"
    )]
    NoField {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The field of the config.
        field: String,
        /// The fields of the line.
        found: String,
    },
    /// JSON is malformed, or does not have the expected form.
    #[error("{path}:{line}: {reason}")]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The cause.
        reason: String,
    },
    /// Two questions have the same id.
    #[error("{path}: two questions have the id `{id}`")]
    SameId {
        /// The file.
        path: PathBuf,
        /// The id.
        id: String,
    },
    /// A label is not one of the task's.
    #[error("{path}:{line}: unknown label `{label}`; the labels are: {known}")]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The label.
        label: String,
        /// All labels of the task.
        known: String,
    },
    /// A label is empty.
    #[error("{path}:{line}: the label is empty")]
    EmptyLabel {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// All examples have the same label.
    #[error("{path}: all examples have the label `{label}`; expected at least two labels")]
    OneLabel {
        /// The file.
        path: PathBuf,
        /// The label.
        label: String,
    },
    /// A label is given twice.
    #[error("labels: `{label}` is given twice")]
    SameLabel {
        /// The label.
        label: String,
    },
    /// A line is not a character and its tag.
    #[error(
        "{path}:{line}: expected a character, a space or tab, and a tag `O`, `B-…` or `I-…`; found `{found}`"
    )]
    Tag {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line's text.
        found: String,
    },
    /// Source and target of a spelling pair have different lengths.
    #[error(
        "{path}:{line}: source has {from} characters and target has {to}; expected equal lengths"
    )]
    UnequalPair {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Characters of the source.
        from: usize,
        /// Characters of the target.
        to: usize,
    },
}

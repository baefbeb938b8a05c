//! Errors of reading and writing word vectors.

use std::path::{Path, PathBuf};

use crate::vectors::format::VectorFormat;
use crate::vectors::report::{NamedRow, VectorReport};

/// Of so many rows of a text file one may be passed over because it is not a word and its numbers \[P\]. Files of millions
/// of rows have a few such rows; a file with more of them has another layout than it seems.
pub(super) const BROKEN_ROWS_AT_MOST_ONE_IN: usize = 10;

/// An error of reading or writing word vectors.
#[derive(Debug, thiserror::Error)]
pub enum VectorsError {
    /// The file could not be read.
    #[error("could not read the vectors {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A line of a text file has the wrong form.
    #[error("{path}:{line}: expected {expected}, found {found}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// What the line should contain.
        expected: String,
        /// What the line contains.
        found: String,
    },
    /// The file is not a sound file of its format.
    #[error("could not read {path} as vectors in the format {format}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The format that the file was read in.
        format: VectorFormat,
        /// What is wrong.
        reason: String,
    },
    /// The file is no file of vectors, or one in another format.
    #[error(
        "could not read {path} as vectors in the format {format}: it seems to be {what}; {cure}"
    )]
    Seems {
        /// The file.
        path: PathBuf,
        /// The format that was asked for.
        format: VectorFormat,
        /// What the file seems to be.
        what: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// Too many rows of a text file are not a word and its numbers.
    #[error(
        "{path}: {n_broken} of {n_rows} rows are not a word and its numbers, and at most one in {} may be; {first}",
        BROKEN_ROWS_AT_MOST_ONE_IN
    )]
    TooManyBroken {
        /// The file.
        path: PathBuf,
        /// The rows that were passed over.
        n_broken: usize,
        /// The rows that were read.
        n_rows: usize,
        /// The first row that was passed over.
        first: NamedRow,
    },
    /// The words are in an encoding that is not read.
    #[error(
        "{path}: the words are in {encoding}, expected UTF-8, GB18030 or Big5; convert the file first: iconv -f {encoding} -t UTF-8 OLD > NEW"
    )]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The encoding.
        encoding: &'static str,
    },
    /// Most words are text in no encoding that is read.
    #[error(
        "{path}: {n_not_text} of {n_words} words are text neither in UTF-8 nor in GB18030 nor in Big5; convert the file to UTF-8, or take one whose words are text"
    )]
    NotText {
        /// The file.
        path: PathBuf,
        /// The words that are not text.
        n_not_text: usize,
        /// The words that were looked at.
        n_words: usize,
    },
    /// No vector is left.
    #[error("{path}: no vector is left of {} that were read{}", .report.n_read(), after(.report))]
    NoneLeft {
        /// The file.
        path: PathBuf,
        /// What was left out and why.
        report: Box<VectorReport>,
    },
    /// A word occurs twice in a format that allows it only once.
    #[error(
        "{path}: the word `{word}` occurs twice, as word {first} and as word {second}; keep one of the two"
    )]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
        /// The number of its first occurrence, from 1.
        first: u64,
        /// The number of its second occurrence, from 1.
        second: u64,
    },
    /// The file could not be written.
    #[error("could not write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The name of the file does not say which format to write.
    #[error(
        "{path}: expected a name that ends in .fifu (finalfusion), .bin (word2vec), .txt or .vec (text)"
    )]
    UnknownName {
        /// The file.
        path: PathBuf,
    },

    /// The file has vectors of n-grams only.
    #[error(
        "{path} holds vectors of n-grams instead of words, as floret writes them; save the vectors of your words as text, one word per line, and use that file"
    )]
    NoWords {
        /// The file.
        path: PathBuf,
    },
}

impl VectorsError {
    /// Whether what a file holds is wrong, which it is if the file is in another format.
    pub(super) const fn is_of_content(&self) -> bool {
        matches!(
            self,
            Self::Line { .. }
                | Self::Malformed { .. }
                | Self::TooManyBroken { .. }
                | Self::NotText { .. }
        )
    }
}

/// A report behind other text; nothing if it has nothing to say.
fn after(report: &VectorReport) -> String {
    let text = report.to_string();
    if text.is_empty() {
        text
    } else {
        format!("; {text}")
    }
}

/// The error of a file that could not be read.
pub(super) fn unreadable(path: &Path, source: std::io::Error) -> VectorsError {
    VectorsError::Read {
        path: path.to_path_buf(),
        source,
    }
}

/// The error of a file that is not a sound file of its format.
pub(super) fn malformed(path: &Path, format: VectorFormat, reason: String) -> VectorsError {
    VectorsError::Malformed {
        path: path.to_path_buf(),
        format,
        reason,
    }
}

//! Errors of reading and writing word vectors.

use std::path::{Path, PathBuf};

use crate::vectors::format::VectorFormat;

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

//! Defines the errors of making a segmenter, and of reading a `tokenizer.json`.

use std::path::PathBuf;

use crate::encoding::OtherEncoding;

/// Why a segmenter cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The user dictionary could not be read.
    #[error("could not read the user dictionary {path}: {source}")]
    ReadDictionary {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The user dictionary is in another encoding than UTF-8.
    #[error("{path}: {source}")]
    DictionaryEncoding {
        /// The file.
        path: PathBuf,
        /// The encoding.
        source: OtherEncoding,
    },
    /// A line of the user dictionary is malformed.
    #[error("{path}:{line}: expected {expected}, found `{found}`")]
    DictionaryLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the line should have.
        expected: &'static str,
        /// The line's text.
        found: String,
    },
    /// The punctuation map names a character that is not a punctuation mark.
    #[error(
        "segment.punctuation: `{character}` is not a punctuation mark; letters, digits, Chinese characters and white space cannot be mapped"
    )]
    NoPunctuation {
        /// The character.
        character: char,
    },
    /// The punctuation map leads to a mark that would be `[UNK]` too.
    #[error(
        "segment.punctuation: `{mark}` is to be read as `{read_as}`, which is not in the vocabulary either; name a mark that is"
    )]
    UnknownPunctuation {
        /// The mark.
        mark: char,
        /// The mark that it was to be read as.
        read_as: char,
    },
}

/// Why a `tokenizer.json` cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerJsonError {
    /// The file could not be read.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is no JSON, or not that of a tokenizer.
    #[error("{path}: {source}")]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The tokenizer is not BERT's, or has a part that this program does not have.
    #[error(
        "{path}, {key}: expected {expected}, found {found}; this program only knows BERT's tokenizer"
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// The entry.
        key: &'static str,
        /// What BERT's tokenizer has.
        expected: &'static str,
        /// What the file has.
        found: String,
    },
    /// An id has no piece.
    #[error("{path}: no piece has id {id}, but there are ids up to {last}; every id needs a piece")]
    Gap {
        /// The file.
        path: PathBuf,
        /// The id.
        id: u64,
        /// The highest id.
        last: u64,
    },
    /// Two pieces have the same id.
    #[error("{path}: `{first}` and `{second}` both have id {id}; every piece must have its own")]
    SameId {
        /// The file.
        path: PathBuf,
        /// The id.
        id: u64,
        /// A piece.
        first: String,
        /// The other piece.
        second: String,
    },
}

//! Defines the errors of making a segmenter.

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

//! What can go wrong with a corpus.

use std::path::PathBuf;

use crate::place::Place;

/// What went wrong with a corpus.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A path of the config is not there, or a pattern finds nothing.
    #[error(
        "corpus.paths: nothing at `{pattern}` (looked in {base}); give files, folders or globs"
    )]
    Missing {
        /// As the config writes it.
        pattern: String,
        /// Where it was looked for.
        base: PathBuf,
    },
    /// A pattern cannot be read as one.
    #[error("corpus.paths: `{pattern}` is no pattern: {reason}")]
    Pattern {
        /// As the config writes it.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// Spans of documents are of 32 bits.
    #[error("corpus.max_document_bytes: expected at most 4294967295, found {found}")]
    DocumentLimit {
        /// What the config says.
        found: u64,
    },
    /// The format does not follow from the file's name.
    #[error(
        "{path}: cannot tell the format from the name; expected .txt, .jsonl or .parquet (also with .gz or .zst), or set corpus.format"
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be read, or its packing is damaged.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is in another encoding than UTF-8.
    #[error(
        "{path}:{place}: the text is {encoding}, not UTF-8; convert the file first: iconv -f {encoding} -t UTF-8 OLD > NEW"
    )]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The record that tells.
        place: Place,
        /// Its encoding, as `iconv` calls it.
        encoding: &'static str,
    },
    /// A record of JSONL, or a Parquet file, has no such field.
    #[error(
        "{path}:{place}: no text field `{field}` of type string; there are: {found}; set corpus.text_field"
    )]
    Field {
        /// The file.
        path: PathBuf,
        /// The record.
        place: Place,
        /// The field that was looked for.
        field: String,
        /// The fields that are there.
        found: String,
    },
    /// The list of documents to leave out could not be read.
    #[error("corpus.drop_list: could not read {path}: {source}")]
    ReadDropList {
        /// The list.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of the list of documents to leave out makes no sense.
    #[error(
        "{path}:{line}: expected a file of the corpus, a tab and the record's number, found `{found}`; `macbert merge` and `macbert corpus stats --drop-list` write such lists"
    )]
    DropListLine {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// The list names a file that the corpus has not.
    #[error(
        "{path}:{line}: `{found}` is no file of the corpus; a list belongs to the corpus.paths that it was made with"
    )]
    DropListFile {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The file that it names.
        found: String,
    },
    /// A Parquet file is none.
    #[error("{path} is no readable Parquet file: {reason}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

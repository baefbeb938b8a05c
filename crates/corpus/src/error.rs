//! Defines the errors of reading a corpus.

use std::path::PathBuf;

use crate::drops::{Dropped, FileRecords};
use crate::place::Place;
use crate::skipped::Skipped;

/// Why a corpus cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A path of the config does not exist, or a pattern matches nothing.
    #[error(
        "corpus.paths: nothing at `{pattern}` (looked in {base}); give files, folders or globs"
    )]
    Missing {
        /// The path or pattern, as the config has it.
        pattern: String,
        /// The folder that it is relative to.
        base: PathBuf,
    },
    /// A pattern is malformed.
    #[error("corpus.paths: `{pattern}` is not a valid pattern: {reason}")]
    Pattern {
        /// The pattern, as the config has it.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `max_document_bytes` is too large: spans in documents are stored in 32 bits.
    #[error("corpus.max_document_bytes: expected at most 4294967295, found {found}")]
    DocumentLimit {
        /// The value of the config.
        found: u64,
    },
    /// The format does not follow from the file's name.
    #[error(
        "{path}: cannot tell the format from the name; expected .txt, .jsonl or .parquet (also with .gz, .zst, .bz2, .xz or .lz4), or set corpus.format"
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A folder has files, but no name says what they hold.
    #[error(
        "corpus.paths: no file in `{pattern}` has a name that says its format: {skipped}; set corpus.format to text, jsonl or parquet if they are all of this format, and unpack archives first"
    )]
    NoKnownNames {
        /// The path or pattern, as the config has it.
        pattern: String,
        /// The files.
        skipped: Skipped,
    },
    /// A file must be unpacked or converted by another program first.
    #[error(
        "{path} is {what}; unpack or convert it first (tar -xf, unzip, …), and name the result"
    )]
    Unread {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// A file is packed, or has another format, and its name does not say so.
    #[error(
        "{path}: the first bytes are those of {what}, but the name does not end in {ending}; rename the file"
    )]
    WrongName {
        /// The file.
        path: PathBuf,
        /// The packing or format.
        what: &'static str,
        /// Its ending.
        ending: &'static str,
    },
    /// A file is a pointer of Git LFS in place of the file itself.
    #[error(
        "{path} is only a pointer of Git LFS, not the file itself; fetch it first: git lfs pull"
    )]
    LfsPointer {
        /// The file.
        path: PathBuf,
    },
    /// A Zstandard file needs more memory than is given to it.
    #[error(
        "could not read {path}: its window is larger than 128 MB (it was packed with zstd --long); unpack it first: zstd -d --long=31 FILE"
    )]
    ZstdWindow {
        /// The file.
        path: PathBuf,
    },
    /// A JSON file does not have one object per line.
    #[error(
        "{path}: the file is {what}, not JSONL with one object per line; convert it first: jq -c '{filter}' OLD.json > NEW.jsonl"
    )]
    NotLines {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// The filter of `jq` that makes JSONL of it.
        filter: &'static str,
    },
    /// A file has records, but none of them can become a document.
    #[error(
        "{path}: all {} records are dropped ({}); the first: {first}; mend the file, or take it out of corpus.paths",
        records.n_dropped(), records.reasons()
    )]
    AllDropped {
        /// The file.
        path: PathBuf,
        /// What became of its records.
        records: Box<FileRecords>,
        /// The first of them, as messages show it.
        first: Box<Dropped>,
    },
    /// A corpus without a document.
    #[error(
        "corpus.paths: the corpus has no document: {n_files} files, {n_dropped} dropped records"
    )]
    NoDocument {
        /// The number of files.
        n_files: usize,
        /// The number of dropped records.
        n_dropped: u64,
    },
    /// A file could not be read, or its packing is damaged.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file is in another encoding than UTF-8.
    #[error(
        "{path}: the text is {encoding}, not UTF-8; convert the file first: iconv -f {encoding} -t UTF-8 OLD > NEW"
    )]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The encoding, by its `iconv` name.
        encoding: &'static str,
    },
    /// A JSONL record or a Parquet file does not have the text field.
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
        /// The cause.
        source: std::io::Error,
    },
    /// A line of the list of documents to leave out is malformed.
    #[error(
        "{path}:{line}: expected a file of the corpus, a tab and the record's number, found `{found}`; `macbert merge` and `macbert corpus stats --drop-list` write such lists"
    )]
    DropListLine {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line's text.
        found: String,
    },
    /// The list of documents to leave out names a file that the corpus does not have.
    #[error(
        "{path}:{line}: the corpus has no file `{found}`; a list belongs to the corpus.paths that it was made with"
    )]
    DropListFile {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The file that it names.
        found: String,
    },
    /// A Parquet file is damaged, or is not one.
    #[error("could not read {path} as Parquet: {reason}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
}

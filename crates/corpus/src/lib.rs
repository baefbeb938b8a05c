//! Reads files, folders and globs as documents, each with its position in the corpus.
//!
//! The crate reads plain text, JSONL and Parquet, uncompressed or compressed with gzip, Zstandard, bzip2, xz or LZ4.
//! Documents are streamed: memory is bounded by the longest document that is kept. A record that cannot become a document
//! (not UTF-8, empty, too long, malformed), or that a drop list names, is dropped and counted. A file whose records are all
//! dropped is an error, and so is a file in another encoding than UTF-8.
//!
//! The types, in the order of the data flow:
//!
//! 1. [`CorpusOptions`]: the `[corpus]` section of a config, with paths, format and limits.
//! 2. [`Corpus`]: the files that these paths name, as [`CorpusFile`]s, and the [`Skipped`] ones of their folders.
//! 3. [`Share`]: the part of the corpus that one of several tasks reads. [`Corpus::parts`] turns it into [`FilePart`]s.
//! 4. [`DocumentReader`]: streams the [`Document`]s of a file or of a part of it, and keeps a [`DropReport`].
//! 5. [`Source`]: the file and the position of a document's record. Together they are the document's key.
//!
//! ```
//! use corpus::{Corpus, CorpusOptions};
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("a.txt"), "甲。\n乙。\n\n丙。\n")?;
//! let corpus = Corpus::open(folder.path(), &CorpusOptions::of("*.txt"))?;
//! let mut reader = corpus.files()[0].documents()?;
//! let documents = reader.by_ref().collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(documents[0].text, "甲。\n乙。\n");
//! assert_eq!(documents[1].text, "丙。\n");
//! assert_eq!(documents[1].source.record, 15); // its first byte in the file
//! assert_eq!(reader.drops().total(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod boundaries;
mod document;
mod drop_list;
mod drops;
mod encoding;
mod error;
mod files;
mod find;
mod format;
mod gzip;
mod json_line;
mod jsonl;
mod lines;
mod look;
mod magic;
mod open;
mod options;
mod packing;
mod parquet_column;
mod parquet_rows;
mod place;
mod reader;
mod record;
mod skipped;
mod slice;
mod text;

pub use document::{Document, Source, content_hash};
pub use drop_list::write_dropped;
pub use drops::{DropReason, DropReport, Dropped, FileRecords};
pub use error::CorpusError;
pub use files::{Corpus, CorpusFile};
pub use options::{CorpusOptions, FormatOption};
pub use place::Place;
pub use reader::DocumentReader;
pub use skipped::Skipped;
pub use slice::{FilePart, Share, ShareError};

//! Files, folders and globs to keyed documents.
//!
//! ```
//! use corpus::{Corpus, CorpusOptions};
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("a.txt"), "甲。\n乙。\n\n丙。\n")?;
//! let corpus = Corpus::open(folder.path(), &CorpusOptions::of("*.txt"))?;
//! let documents: Vec<_> = corpus.files()[0].documents()?.collect::<Result<_, _>>()?;
//! assert_eq!(documents[1].text, "丙。\n");
//! assert_eq!(documents[1].source.record, 15); // its first byte in the file
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
mod jsonl;
mod lines;
mod open;
mod options;
mod parquet_rows;
mod place;
mod reader;
mod slice;
mod text;

pub use document::{Document, Source, content_hash};
pub use drop_list::write_dropped;
pub use drops::{DropReason, DropReport, Dropped};
pub use error::CorpusError;
pub use files::{Corpus, CorpusFile};
pub use options::{CorpusOptions, FormatOption};
pub use place::Place;
pub use reader::DocumentReader;
pub use slice::{FilePart, Share, ShareError};

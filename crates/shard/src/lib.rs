//! Examples on disk: Arrow IPC files and their manifest.
//!
//! A folder holds `manifest.json`, `vocab.txt`, `similar_words.table` where there is one, and the examples of both
//! sides of the split, `train-00000.arrow` … and `held_out-00000.arrow` …. A row is an example:
//!
//! A folder that tasks wrote side by side holds theirs, `task-00000-of-00004/train-00000.arrow` …, under one manifest.
//!
//! | column | type | what |
//! | --- | --- | --- |
//! | `key` | u64 | what the example's draws are seeded with |
//! | `path` | u32 | its file, as a place in the manifest's `paths` |
//! | `record` | u64 | its document's record in that file |
//! | `text_start`, `text_end` | u32 | its bytes in the document's text |
//! | `pieces` | list of u16 (u32 for vocabularies over 65,536) | piece ids, without specials |
//! | `unit_ends` | list of u16 | one past each unit's last piece |
//! | `sentence_ends` | list of u16 | one past each sentence's last unit |
//!
//! Shards hold text: boundary, order and masks are drawn when it is read.
//!
//! ```
//! use segment::{ByteSpan, PieceId};
//! use shard::{PieceWidth, ShardWriter, Split};
//! use sop::{DocumentKey, Example, ExampleKey, ExampleSource};
//!
//! let source = ExampleSource { path: "甲.txt".into(), record: 0, text: ByteSpan::new(0, 24) };
//! let key = ExampleKey::new(DocumentKey::new(&source.path, source.record), 0);
//! // Two sentences: 今天 下雨 。 and 回家 。
//! let pieces = [10, 11, 12, 13, 5, 14, 15, 5].map(PieceId::new).to_vec();
//! let example = Example::new(key, source, pieces, vec![2, 4, 5, 7, 8], vec![3, 5])?;
//!
//! let folder = tempfile::tempdir()?;
//! let mut writer = ShardWriter::create(folder.path(), Split::Train, 0, 21_128)?;
//! writer.push(0, example)?;
//! let file = writer.finish()?;
//! assert_eq!((file.name.as_str(), file.n_examples, file.n_pieces), ("train-00000.arrow", 1, 8));
//! assert_eq!(PieceWidth::of(21_128), PieceWidth::Two);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod error;
mod manifest;
mod manifest_file;
mod mapped;
mod set;
mod writer;

pub use columns::{MAX_LENGTH, PieceWidth};
pub use error::ShardError;
pub use manifest::{Counts, Manifest, ShardFile, Split, TaskMark, VocabularyBinding};
pub use set::ShardSet;
pub use writer::ShardWriter;

/// The manifest's file name; a folder is complete when it is there.
pub const MANIFEST: &str = "manifest.json";
/// The vocabulary's file name in a folder of shards.
pub const VOCABULARY: &str = "vocab.txt";
/// The similar-word table's file name in a folder of shards.
pub const TABLE: &str = "similar_words.table";

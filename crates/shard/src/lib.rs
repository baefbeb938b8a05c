//! Stores examples on disk: Arrow IPC files, a manifest, and random access to the rows.
//!
//! Shards are the contract between preparation and training. They hold text as piece ids. Preparation draws only the target
//! lengths of examples and which documents are held out. All else is drawn when an example is read: where text A ends and
//! text B begins, whether the two are swapped, and the masks.
//!
//! [`ShardWriter`] writes one file of examples. [`Manifest`] describes a folder: its files ([`ShardFile`]), what they were
//! made with, and the counts of the preparation ([`Counts`]). A folder has two sides, training and held-out examples
//! ([`Split`]). [`ShardSet`] opens one side, verifies its files, and reads examples by index.
//!
//! A folder holds `manifest.json`, `vocab.txt`, the table `similar_words.table` if there is one, and the examples of both
//! sides: `train-00000.arrow` and so on, `held_out-00000.arrow` and so on. The manifest lists the files of each side; if all
//! documents of a corpus would be held out, it lists the files of the held-out side as those to train on. If several tasks prepared a corpus, each has a
//! folder of its own inside (`task-00000-of-00004/train-00000.arrow`), and the merged manifest lists all files.
//!
//! A row of a file is an example:
//!
//! | column | type | content |
//! | --- | --- | --- |
//! | `key` | u64 | the key that seeds the example's random draws |
//! | `path` | u32 | the document's file, as an index into the manifest's `paths` |
//! | `record` | u64 | the document's record in that file |
//! | `text_start`, `text_end` | u32 | the example's range of bytes in the document's text |
//! | `pieces` | list of u16 (u32 for vocabularies over 65,536) | piece ids, without special tokens |
//! | `unit_ends` | list of u16 | for each unit, the index after its last piece |
//! | `sentence_ends` | list of u16 | for each sentence, the index after its last unit |
//! | `cut_ends` | list of u16 | for each sentence end that is only a cut inside a longer sentence, its index in `sentence_ends`; usually empty |
//!
//! A pair of texts has no order label if its boundary is one of the `cut_ends`. Under `sop` it has none either if the
//! example ends at one of the `cut_ends`. An example has at least two sentences, unless the manifest says that single
//! sentences are examples too (`single_sentences`).
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
mod folder;
mod manifest;
mod manifest_file;
mod mapped;
mod set;
mod split;
mod writer;

pub use columns::{MAX_LENGTH, PieceWidth};
pub use error::ShardError;
pub use folder::{MANIFEST, TABLE, VOCABULARY};
pub use manifest::{Counts, Manifest, ShardFile, TaskMark, VocabularyBinding};
pub use set::ShardSet;
pub use split::{Split, UnknownSplit};
pub use writer::ShardWriter;

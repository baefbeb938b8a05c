//! Examples on disk: Arrow IPC files and their manifest.
//!
//! A folder holds `manifest.json`, `vocab.txt`, `similar_words.table` where there is one, and the examples of both
//! sides of the split, `train-00000.arrow` … and `held_out-00000.arrow` …. A row is an example:
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
//! Shards hold text: border, order and masks are drawn when it is read.

mod columns;
mod error;
mod manifest;
mod set;
mod writer;

pub use columns::{MAX_LENGTH, PieceWidth};
pub use error::ShardError;
pub use manifest::{Counts, Manifest, ShardFile, Split, VocabularyBinding};
pub use set::ShardSet;
pub use writer::{ShardWriter, sync_folder};

/// The manifest's file name; a folder is complete when it is there.
pub const MANIFEST: &str = "manifest.json";
/// The vocabulary's file name in a folder of shards.
pub const VOCABULARY: &str = "vocab.txt";
/// The similar-word table's file name in a folder of shards.
pub const TABLE: &str = "similar_words.table";

#[cfg(test)]
mod tests;

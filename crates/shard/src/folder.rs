//! The names of the files in a folder of shards.

/// The manifest. A folder is complete if it has one.
pub const MANIFEST: &str = "manifest.json";
/// The vocabulary that the shards were made with.
pub const VOCABULARY: &str = "vocab.txt";
/// The table of similar words, if the shards were made with one.
pub const TABLE: &str = "similar_words.table";

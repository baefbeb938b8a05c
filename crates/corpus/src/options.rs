//! Defines the `[corpus]` section of a config.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the records of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatOption {
    /// The file's name decides.
    Auto,
    /// Plain text with blank lines between documents.
    Text,
    /// One JSON object per line, each a document.
    Jsonl,
    /// Parquet, one document per row.
    Parquet,
}

/// Where the text is, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusOptions {
    /// Files, folders (with everything below them) and globs. Files of folders whose names do not say their format are counted
    /// and not read.
    pub paths: Vec<String>,
    /// What the records are.
    pub format: FormatOption,
    /// The JSONL field or Parquet column that holds the text. A Parquet column inside structs is named by its path, with dots.
    pub text_field: String,
    /// Documents of more bytes than this are dropped and counted.
    pub max_document_bytes: u64,
    /// A list of documents to leave out, for example as the search for near duplicates writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop_list: Option<PathBuf>,
}

impl CorpusOptions {
    /// The options for one path or pattern, with the usual values for everything else.
    pub fn of(pattern: &str) -> Self {
        Self {
            paths: vec![pattern.to_owned()],
            format: FormatOption::Auto,
            text_field: "text".to_owned(),
            max_document_bytes: 16 << 20,
            drop_list: None,
        }
    }
}

//! What a corpus is (`[corpus]` of a config).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a file's records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatOption {
    /// By the file's name.
    Auto,
    /// Plain text, a blank line between documents.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// Parquet, a document a row.
    Parquet,
}

/// Where the text is, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusOptions {
    /// Files, folders (with all below them) and globs.
    pub paths: Vec<String>,
    /// What the records are.
    pub format: FormatOption,
    /// The field of JSONL records or the column of Parquet files that holds the text.
    pub text_field: String,
    /// Longer documents are dropped and counted, in bytes.
    pub max_document_bytes: u64,
    /// A list of documents to leave out, as a search for near duplicates writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop_list: Option<PathBuf>,
}

impl CorpusOptions {
    /// One pattern with the usual settings.
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

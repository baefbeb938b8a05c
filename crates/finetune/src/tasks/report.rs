//! What there is to say about a file that was read.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The counts of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// Texts, pairs, questions or sentences that are scored.
    pub n_examples: usize,
    /// Inputs of the model: more than examples, if contexts are cut into windows.
    pub n_inputs: usize,
    /// What differs from the ordinary: how many, and what.
    pub remarks: Vec<FileRemark>,
}

/// How many of something there are in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRemark {
    /// The number, above 0.
    pub count: usize,
    /// Of what, in words.
    pub what: String,
}

impl FileReport {
    pub(crate) fn new(path: &Path, n_examples: usize, n_inputs: usize) -> Self {
        Self {
            path: path.to_path_buf(),
            n_examples,
            n_inputs,
            remarks: Vec::new(),
        }
    }

    /// Adds a remark, unless nothing was counted.
    #[must_use]
    pub(crate) fn with(mut self, count: usize, what: &str) -> Self {
        if count > 0 {
            self.remarks.push(FileRemark {
                count,
                what: what.to_owned(),
            });
        }
        self
    }
}

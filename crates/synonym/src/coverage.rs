//! How many running words a table knows.

use std::collections::HashSet;
use std::path::Path;

use crate::class::WordClass;
use crate::list::ListError;

/// Words that carry grammar rather than meaning (的 了 在 …), listed apart: coverage is counted without them.
#[derive(Clone, Debug, Default)]
pub struct FunctionWords {
    words: HashSet<String>,
}

impl FunctionWords {
    /// Reads a file of words, one or more a line; lines from `#` are passed over.
    pub fn read(path: &Path) -> Result<Self, ListError> {
        let text = std::fs::read_to_string(path).map_err(|source| ListError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Ok(Self {
            words: lines
                .flat_map(str::split_whitespace)
                .map(str::to_owned)
                .collect(),
        })
    }

    /// Whether a word is listed.
    pub fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}

/// Running Han words that are not function words, and how many of them have a similar word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Running words.
    pub n_words: u64,
    /// Those with a similar word.
    pub n_known: u64,
}

impl Coverage {
    /// Counts a running word; `known` is asked only for Han words that are not listed as function words.
    pub fn add(
        &mut self,
        word: &str,
        function_words: &FunctionWords,
        known: impl FnOnce() -> bool,
    ) {
        if WordClass::of(word) == WordClass::Han && !function_words.contains(word) {
            self.n_words += 1;
            self.n_known += u64::from(known());
        }
    }

    /// The share of running words with a similar word, 0 to 1.
    pub fn share(&self) -> f64 {
        self.n_known as f64 / self.n_words.max(1) as f64
    }
}

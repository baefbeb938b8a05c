//! Counts how many running words of a text have a similar word in the table.

use std::collections::HashSet;
use std::path::Path;

use crate::class::WordClass;
use crate::list::{ListError, lines_of};

/// Words that carry grammar rather than meaning (的, 了, 在, …). Coverage leaves them out.
#[derive(Clone, Debug, Default)]
pub struct FunctionWords {
    words: HashSet<String>,
}

impl FunctionWords {
    /// Reads a file with one or more words per line; lines that start with `#` are comments.
    pub fn read(path: &Path) -> Result<Self, ListError> {
        let lines = lines_of(path)?;
        let words = lines
            .iter()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split_whitespace());
        Ok(Self {
            words: words.map(str::to_owned).collect(),
        })
    }

    /// Whether a word is a function word.
    pub fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}

/// Counts of running words that are written in Chinese characters and are not function words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Running words counted.
    pub n_words: u64,
    /// Running words counted that have a similar word.
    pub n_known: u64,
}

impl Coverage {
    /// Counts a running word. `known` says whether it has a similar word, and is called only if the word counts.
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

    /// The share of counted words that have a similar word; from 0 to 1.
    pub fn share(&self) -> f64 {
        self.n_known as f64 / self.n_words.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, FunctionWords};

    #[test]
    fn coverage_counts_running_han_words_that_are_not_function_words() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), "# function words\n的 了\r\n在\n").expect("written");
        let function_words = FunctionWords::read(file.path()).expect("a list");
        assert!(function_words.contains("在") && !function_words.contains("#"));
        let mut coverage = Coverage::default();
        assert!(coverage.share().abs() < f64::EPSILON, "of no words");
        for word in ["的", "语言", "模型", "GPU", "，", "3", "了", "语言", "罕词"] {
            coverage.add(word, &function_words, || word != "罕词");
        }
        let expect = Coverage {
            n_words: 4,
            n_known: 3,
        };
        assert_eq!(coverage, expect);
        assert!((coverage.share() - 0.75).abs() < f64::EPSILON);
    }
}

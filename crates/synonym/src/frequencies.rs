//! Counts of words, for draws that prefer similar words of similar frequency.
//!
//! The file format is that of word2vec.c's vocabularies (`-save-vocab`), which gensim reads and writes too: one word, a
//! space and its count per line.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use repro::AtomicFile;

use crate::list::{Entry, ListError, lines_of, wrong_line};
use crate::train::trained::TrainedVectors;
use crate::vectors::error::VectorsError;

/// How often each word occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frequencies {
    counts: HashMap<String, u64>,
}

impl Frequencies {
    /// Reads a file of words and counts. If a word occurs in several lines, its counts are added up.
    pub fn read(path: &Path) -> Result<Self, ListError> {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for (index, line) in lines_of(path)?.iter().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let pair = line.trim_end().rsplit_once([' ', '\t']);
            let pair = pair.and_then(|(word, count)| Some((word, count.parse::<u64>().ok()?)));
            let (word, count) =
                pair.ok_or_else(|| wrong_line(path, index, "a word, a space and its count", line))?;
            let sum = counts.entry(word.to_owned()).or_default();
            *sum = sum.saturating_add(count);
        }
        Ok(Self { counts })
    }

    /// Sets the weight of each entry to the ratio of its two words' counts.
    pub fn weigh(&self, entries: &mut [Entry]) {
        for entry in entries {
            entry.weight = self.ratio(&entry.word, &entry.similar);
        }
    }

    /// How often a word occurs. A word without a count counts as 1.
    pub(crate) fn count(&self, word: &str) -> u64 {
        self.counts.get(word).copied().unwrap_or(0).max(1)
    }

    /// The lower count of two words ÷ the higher count \[P\]; from above 0 to 1. A word without a count counts as 1.
    fn ratio(&self, word: &str, other: &str) -> f32 {
        let (a, b) = (self.count(word), self.count(other));
        (a.min(b) as f64 / a.max(b) as f64) as f32
    }
}

/// Writes the counts of the words that vectors were trained for, the most frequent first; whole or not at all.
pub fn write_counts(vectors: &TrainedVectors, path: &Path) -> Result<(), VectorsError> {
    let put = || -> std::io::Result<()> {
        let file = AtomicFile::create(path)?;
        let mut out = BufWriter::new(file.file());
        for (word, count) in vectors.words.iter().zip(&vectors.counts) {
            writeln!(out, "{word} {count}")?;
        }
        out.flush()?;
        drop(out);
        file.commit()
    };
    put().map_err(|source| VectorsError::Write {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::{Frequencies, write_counts};
    use crate::list::Entry;
    use crate::train::trained::TrainedVectors;

    #[test]
    fn written_counts_are_read_and_weigh_entries_by_the_ratio_of_frequencies() {
        let vectors = TrainedVectors {
            words: ["语言", "深度 学习", "模型"].map(String::from).to_vec(),
            counts: vec![100, 80, 25],
            numbers: vec![0.0; 3],
            dimensions: 1,
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("counts.txt");
        write_counts(&vectors, &path).expect("written");
        let mut entries = [
            Entry::new("语言", "模型", 0.9),
            Entry::new("模型", "语言", 0.9),
            Entry::new("语言", "深度 学习", 0.5),
            Entry::new("语言", "罕词", 0.5),
        ];
        let frequencies = Frequencies::read(&path).expect("counts");
        frequencies.weigh(&mut entries);
        let weights: Vec<String> = entries.iter().map(|e| format!("{:.2}", e.weight)).collect();
        assert_eq!(weights, ["0.25", "0.25", "0.80", "0.01"]);
    }

    #[test]
    fn counts_of_a_word_are_added_up_to_the_largest_number() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let text = format!("语言 {}\n语言 2\n模型 1\n模型 2\n", u64::MAX);
        std::fs::write(file.path(), text).expect("written");
        let counts = Frequencies::read(file.path()).expect("counts").counts;
        assert_eq!((counts["语言"], counts["模型"]), (u64::MAX, 3));
    }

    #[test]
    fn a_line_without_a_count_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), "语言 3\n模型\n").expect("written");
        let error = Frequencies::read(file.path())
            .expect_err("refused")
            .to_string();
        assert!(error.contains(":2: expected a word, a space"), "{error}");
    }
}

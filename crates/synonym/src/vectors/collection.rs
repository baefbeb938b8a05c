//! Words with their vectors, scaled to length 1.

use std::collections::HashSet;

use crate::vectors::report::VectorReport;

/// Words and their vectors, scaled to length 1. No word occurs twice.
pub struct Vectors {
    words: Vec<String>,
    /// Row-major, `[words, dimensions]`.
    rows: Vec<f32>,
    lengths: Vec<f32>,
    n_dimensions: usize,
}

impl Vectors {
    /// Collects rows of a word and its vector; also counts what was left out.
    pub fn from_rows(rows: impl IntoIterator<Item = (String, Vec<f32>)>) -> (Self, VectorReport) {
        let mut collector = Collector::default();
        for (word, row) in rows {
            collector.add(word, &row);
        }
        collector.finish()
    }

    /// The words, in the order of the file.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The number of dimensions.
    pub fn n_dimensions(&self) -> usize {
        self.n_dimensions
    }

    /// The cosine of the vectors of two words, given by their indices; computed in f64.
    pub fn cosine(&self, word: usize, other: usize) -> f64 {
        let pairs = self.row(word).iter().zip(self.row(other));
        pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    /// The length of the vector at `index` before it was scaled.
    pub fn length(&self, index: usize) -> f32 {
        self.lengths[index]
    }

    /// The vector at `index`, scaled to length 1; `[dimensions]`.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.rows[index * self.n_dimensions..][..self.n_dimensions]
    }
}

/// Collects words and rows one by one, and decides which are kept.
#[derive(Default)]
pub(super) struct Collector {
    words: Vec<String>,
    rows: Vec<f32>,
    lengths: Vec<f32>,
    n_dimensions: Option<usize>,
    seen: HashSet<String>,
    report: VectorReport,
}

impl Collector {
    /// Adds a word and its numbers, or counts why they are left out. Returns whether all numbers are finite.
    pub(super) fn add(&mut self, word: String, row: &[f32]) -> bool {
        let norm = row
            .iter()
            .map(|x| f64::from(*x) * f64::from(*x))
            .sum::<f64>()
            .sqrt();
        let report = &mut self.report;
        let count = if word.contains(char::REPLACEMENT_CHARACTER) {
            &mut report.n_not_text
        } else if self.seen.contains(&word) {
            &mut report.n_repeated
        } else if !norm.is_finite() {
            &mut report.n_not_finite
        } else if norm == 0.0 {
            &mut report.n_zero
        } else if *self.n_dimensions.get_or_insert(row.len()) != row.len() {
            &mut report.n_other_dimensions
        } else {
            self.rows
                .extend(row.iter().map(|x| (f64::from(*x) / norm) as f32));
            self.lengths.push(norm as f32);
            self.words.push(word.clone());
            self.seen.insert(word);
            &mut report.n_words
        };
        *count += 1;
        norm.is_finite()
    }

    /// The report so far, for what only the reader of a format can count.
    pub(super) const fn report(&mut self) -> &mut VectorReport {
        &mut self.report
    }

    pub(super) fn finish(self) -> (Vectors, VectorReport) {
        let vectors = Vectors {
            words: self.words,
            rows: self.rows,
            lengths: self.lengths,
            n_dimensions: self.n_dimensions.unwrap_or(0),
        };
        (vectors, self.report)
    }
}

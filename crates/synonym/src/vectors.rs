//! Word vectors, in every format that finalfusion reads; text also in GB18030, text and word2vec's form also packed with
//! gzip.
//!
//! Text and word2vec's binary form are read here, line by line, since finalfusion panics on a word that is there twice
//! and allocates what a header says. Its own form and fastText's are looked through first ([`look_first`]) and then read
//! by it.

mod by_finalfusion;
mod look_first;
mod plain;
mod sniff;
mod unpack;
mod write;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use write::write_vectors;

/// How a file holds vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VectorFormat {
    /// finalfusion's own, quantised or not (`.fifu`).
    Finalfusion,
    /// word2vec's binary form (`.bin`).
    Word2vec,
    /// Text with a first line of counts (word2vec's text form, fastText's `.vec`).
    TextDims,
    /// Text without one (`GloVe`).
    Text,
    /// fastText's binary form, with subwords (`.bin`).
    Fasttext,
    /// floret's text form; it holds n-grams and no words, so it is refused with an explanation.
    Floret,
}

/// What went wrong with word vectors.
#[derive(Debug, thiserror::Error)]
pub enum VectorsError {
    /// The file could not be read.
    #[error("could not read the vectors {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of a text form makes no sense.
    #[error("{path}:{line}: expected {expected}, found {found}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The file is not what its format says.
    #[error("{path} holds no vectors in the format {format:?}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The format that was tried.
        format: VectorFormat,
        /// What is wrong.
        reason: String,
    },
    /// A word is there twice in a form that allows it once only.
    #[error(
        "{path}: the word `{word}` is there twice, as word {first} and as word {second}; keep one of its vectors"
    )]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
        /// Its first place, from 1.
        first: u64,
        /// Its second place, from 1.
        second: u64,
    },
    /// The file could not be written.
    #[error("could not write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file's name does not say which form it should have.
    #[error(
        "{path}: expected a name that ends in .fifu (finalfusion), .bin (word2vec), .txt or .vec (text)"
    )]
    UnknownName {
        /// The file.
        path: PathBuf,
    },
    /// The file has vectors of n-grams only.
    #[error(
        "{path} holds vectors of n-grams and no words, as floret writes them; write the vectors of your words as text, one word a line, and read these"
    )]
    NoWords {
        /// The file.
        path: PathBuf,
    },
}

/// What was left out on reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VectorReport {
    /// Vectors kept.
    pub n_words: usize,
    /// Vectors with a number that is not finite.
    pub n_not_finite: usize,
    /// Vectors of length 0.
    pub n_zero: usize,
    /// Vectors of words that were there before: the first stays.
    pub n_repeated: usize,
    /// Words that are no UTF-8.
    pub n_not_utf8: usize,
    /// Vectors of other dimensions than the first ([`Vectors::from_rows`] only: in a file this is an error).
    pub n_other_dimensions: usize,
}

/// Words and their vectors, of length 1; row-major `[words, dimensions]`. No word is there twice.
pub struct Vectors {
    words: Vec<String>,
    rows: Vec<f32>,
    lengths: Vec<f32>,
    n_dimensions: usize,
}

impl Vectors {
    /// Vectors from rows; returns what was left out as well.
    pub fn from_rows(rows: impl IntoIterator<Item = (String, Vec<f32>)>) -> (Self, VectorReport) {
        let mut collector = Collector::default();
        for (word, row) in rows {
            collector.add(word, &row);
        }
        collector.finish()
    }

    /// The words, in the file's order.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Number of dimensions.
    pub fn n_dimensions(&self) -> usize {
        self.n_dimensions
    }

    /// The cosine of two words, in f64.
    pub fn cosine(&self, word: usize, other: usize) -> f64 {
        let pairs = self.row(word).iter().zip(self.row(other));
        pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    /// The length that the vector of word `index` has in the file.
    pub fn length(&self, index: usize) -> f32 {
        self.lengths[index]
    }

    /// The vector of word `index`, of length 1; `[dimensions]`.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.rows[index * self.n_dimensions..][..self.n_dimensions]
    }
}

/// Reads vectors and brings them to length 1; [`VectorFormat::of`] says which format a file has.
pub fn read_vectors(
    path: &Path,
    format: VectorFormat,
) -> Result<(Vectors, VectorReport), VectorsError> {
    match format {
        VectorFormat::Text | VectorFormat::TextDims => {
            plain::read_text(path, format == VectorFormat::TextDims)
        }
        VectorFormat::Word2vec => plain::read_word2vec(path),
        VectorFormat::Finalfusion | VectorFormat::Fasttext => {
            if unpack::is_packed(path)? {
                let reason = "it is packed with gzip, which is read for text and for word2vec's binary form only; unpack it";
                return Err(VectorsError::Malformed {
                    path: path.to_path_buf(),
                    format,
                    reason: reason.to_owned(),
                });
            }
            look_first::look(path, format)?;
            by_finalfusion::read(path, format)
        }
        VectorFormat::Floret => Err(VectorsError::NoWords {
            path: path.to_path_buf(),
        }),
    }
}

/// Words and rows as they come, each judged.
#[derive(Default)]
struct Collector {
    words: Vec<String>,
    rows: Vec<f32>,
    lengths: Vec<f32>,
    n_dimensions: Option<usize>,
    seen: HashSet<String>,
    report: VectorReport,
}

impl Collector {
    fn add(&mut self, word: String, row: &[f32]) {
        let norm = row
            .iter()
            .map(|x| f64::from(*x) * f64::from(*x))
            .sum::<f64>()
            .sqrt();
        let report = &mut self.report;
        let dropped = if word.contains(char::REPLACEMENT_CHARACTER) {
            &mut report.n_not_utf8
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
        *dropped += 1;
    }

    fn finish(self) -> (Vectors, VectorReport) {
        let vectors = Vectors {
            words: self.words,
            rows: self.rows,
            lengths: self.lengths,
            n_dimensions: self.n_dimensions.unwrap_or(0),
        };
        (vectors, self.report)
    }
}

fn open(path: &Path) -> Result<std::io::BufReader<std::fs::File>, VectorsError> {
    let file = std::fs::File::open(path).map_err(|source| unreadable(path, source))?;
    Ok(std::io::BufReader::new(file))
}

fn unreadable(path: &Path, source: std::io::Error) -> VectorsError {
    VectorsError::Read {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests;

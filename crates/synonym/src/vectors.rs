//! Word vectors, in every format that finalfusion reads.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use finalfusion::compat::floret::ReadFloretText as _;
use finalfusion::prelude::{
    Embeddings, ReadEmbeddings as _, ReadFastText as _, ReadText as _, ReadTextDims as _,
    ReadWord2Vec as _, StorageWrap, VocabWrap,
};
use serde::{Deserialize, Serialize};

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
    /// Text without one (GloVe).
    Text,
    /// fastText's binary form, with subwords.
    Fasttext,
    /// floret's text form.
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
    /// The file is not what its format says.
    #[error("{path} holds no vectors in the format {format:?}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The format that was tried.
        format: VectorFormat,
        /// What the reader says.
        reason: String,
    },
    /// A word is there twice.
    #[error("{path}:{line}: the word `{word}` is there twice; keep one of its vectors")]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The second line, from 1.
        line: usize,
        /// The word.
        word: String,
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
}

/// Words and their vectors, of length 1; row-major `[words, dimensions]`.
pub struct Vectors {
    words: Vec<String>,
    rows: Vec<f32>,
    n_dimensions: usize,
}

impl Vectors {
    /// Vectors from rows of any length but 0; returns what was left out as well.
    pub fn from_rows(rows: impl IntoIterator<Item = (String, Vec<f32>)>) -> (Self, VectorReport) {
        let mut vectors = Self {
            words: Vec::new(),
            rows: Vec::new(),
            n_dimensions: 0,
        };
        let mut report = VectorReport::default();
        for (word, mut row) in rows {
            let norm = row
                .iter()
                .map(|x| f64::from(*x) * f64::from(*x))
                .sum::<f64>()
                .sqrt();
            if !norm.is_finite() {
                report.n_not_finite += 1;
            } else if norm == 0.0 {
                report.n_zero += 1;
            } else {
                for x in &mut row {
                    *x = (f64::from(*x) / norm) as f32;
                }
                vectors.n_dimensions = row.len();
                vectors.rows.append(&mut row);
                vectors.words.push(word);
            }
        }
        report.n_words = vectors.words.len();
        (vectors, report)
    }

    /// The words, in the file's order.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Number of dimensions.
    pub fn n_dimensions(&self) -> usize {
        self.n_dimensions
    }

    /// The vector of word `index`, of length 1; `[dimensions]`.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.rows[index * self.n_dimensions..][..self.n_dimensions]
    }
}

/// Reads vectors and brings them to length 1.
pub fn read_vectors(
    path: &Path,
    format: VectorFormat,
) -> Result<(Vectors, VectorReport), VectorsError> {
    refuse_duplicates(path, format)?;
    let mut reader = BufReader::new(open(path)?);
    let malformed = |reason: String| VectorsError::Malformed {
        path: path.to_path_buf(),
        format,
        reason,
    };
    // finalfusion asserts what a file should hold (no word twice, counts that agree), so a bad file panics inside it.
    let read = catch_unwind(AssertUnwindSafe(|| read_format(&mut reader, format)));
    let embeddings = match read {
        Ok(Ok(embeddings)) => embeddings,
        Ok(Err(error)) => return Err(malformed(error.to_string())),
        Err(_) => {
            return Err(malformed(
                "its counts or words contradict each other".to_owned(),
            ));
        }
    };
    let rows = embeddings
        .iter()
        .map(|(word, row)| (word.to_owned(), row.to_vec()));
    Ok(Vectors::from_rows(rows))
}

type Any = Embeddings<VocabWrap, StorageWrap>;

fn read_format(
    reader: &mut BufReader<File>,
    format: VectorFormat,
) -> Result<Any, finalfusion::error::Error> {
    Ok(match format {
        VectorFormat::Finalfusion => Embeddings::read_embeddings(reader)?,
        VectorFormat::Word2vec => Embeddings::read_word2vec_binary_lossy(reader)?.into(),
        VectorFormat::TextDims => Embeddings::read_text_dims_lossy(reader)?.into(),
        VectorFormat::Text => Embeddings::read_text_lossy(reader)?.into(),
        VectorFormat::Fasttext => Embeddings::read_fasttext_lossy(reader)?.into(),
        VectorFormat::Floret => Embeddings::read_floret_text(reader)?.into(),
    })
}

fn open(path: &Path) -> Result<File, VectorsError> {
    File::open(path).map_err(|source| VectorsError::Read {
        path: path.to_path_buf(),
        source,
    })
}

/// Text forms are looked through first, so that the error can name the line.
fn refuse_duplicates(path: &Path, format: VectorFormat) -> Result<(), VectorsError> {
    let n_head_lines = match format {
        VectorFormat::TextDims => 1,
        VectorFormat::Text => 0,
        _ => return Ok(()),
    };
    let mut seen = HashSet::new();
    for (index, line) in BufReader::new(open(path)?)
        .split(b'\n')
        .enumerate()
        .skip(n_head_lines)
    {
        let line = line.map_err(|source| VectorsError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        let word = line.split(|b| *b == b' ').next().unwrap_or_default();
        let word = String::from_utf8_lossy(word).into_owned();
        if let Some(word) = seen.replace(word) {
            return Err(VectorsError::Duplicate {
                path: path.to_path_buf(),
                line: index + 1,
                word,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

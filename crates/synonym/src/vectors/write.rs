//! Writes trained vectors for other programs: finalfusion's format, word2vec's binary form, and text.

use std::io::{BufWriter, Write};
use std::path::Path;

use finalfusion::io::WriteEmbeddings as _;
use finalfusion::norms::NdNorms;
use finalfusion::prelude::Embeddings;
use finalfusion::storage::NdArray;
use finalfusion::vocab::SimpleVocab;
use ndarray::{Array1, Array2};
use repro::AtomicFile;

use crate::train::trained::TrainedVectors;
use crate::vectors::error::VectorsError;
use crate::vectors::format::VectorFormat;

impl VectorFormat {
    /// The format that a file's name asks for when it is written: `.fifu` is finalfusion's, `.bin` is word2vec's binary
    /// form, and `.txt` and `.vec` are text with a line of counts.
    pub fn of_name(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "fifu" => Some(Self::Finalfusion),
            "bin" => Some(Self::Word2vec),
            "txt" | "vec" => Some(Self::TextDims),
            _ => None,
        }
    }
}

/// Writes vectors, whole or not at all, in the format that the file's name asks for. Returns how many words were left
/// out.
///
/// In word2vec's binary form and in text a word ends at white space, so words with white space (from a user dictionary)
/// are left out. finalfusion's format keeps all words; it stores the vectors scaled to length 1, and their lengths.
pub fn write_vectors(vectors: &TrainedVectors, path: &Path) -> Result<usize, VectorsError> {
    let failed = |source| VectorsError::Write {
        path: path.to_path_buf(),
        source,
    };
    let Some(format) = VectorFormat::of_name(path) else {
        return Err(VectorsError::UnknownName {
            path: path.to_path_buf(),
        });
    };
    let put = || -> std::io::Result<usize> {
        let file = AtomicFile::create(path)?;
        let mut out = BufWriter::new(file.file());
        let n_left_out = match format {
            VectorFormat::Finalfusion => write_fifu(vectors, &mut out)?,
            _ => write_word2vec(vectors, format == VectorFormat::Word2vec, &mut out)?,
        };
        out.flush()?;
        drop(out);
        file.commit()?;
        Ok(n_left_out)
    };
    put().map_err(failed)
}

fn write_fifu(
    vectors: &TrainedVectors,
    out: &mut (impl Write + std::io::Seek),
) -> std::io::Result<usize> {
    let n_words = vectors.words.len();
    let mut rows = Array2::from_shape_vec((n_words, vectors.dimensions), vectors.numbers.clone())
        .map_err(std::io::Error::other)?;
    let lengths: Array1<f32> = rows
        .rows()
        .into_iter()
        .map(|row| row.iter().map(|x| x * x).sum::<f32>().sqrt())
        .collect();
    for (mut row, length) in rows.rows_mut().into_iter().zip(&lengths) {
        if *length > 0.0 {
            row /= *length;
        }
    }
    let embeddings = Embeddings::new(
        None,
        SimpleVocab::new(vectors.words.as_slice()),
        NdArray::from(rows),
        NdNorms::from(lengths),
    );
    let written = embeddings.write_embeddings(out);
    written.map(|()| 0).map_err(std::io::Error::other)
}

fn write_word2vec(
    vectors: &TrainedVectors,
    binary: bool,
    out: &mut impl Write,
) -> std::io::Result<usize> {
    let rows = vectors.numbers.chunks(vectors.dimensions);
    let kept = || {
        let pairs = vectors.words.iter().zip(rows.clone());
        pairs.filter(|(word, _)| !word.contains(char::is_whitespace))
    };
    let n_kept = kept().count();
    writeln!(out, "{n_kept} {}", vectors.dimensions)?;
    for (word, row) in kept() {
        write!(out, "{word}")?;
        if binary {
            out.write_all(b" ")?;
            for number in row {
                out.write_all(&number.to_le_bytes())?;
            }
        } else {
            for number in row {
                write!(out, " {number}")?;
            }
        }
        out.write_all(b"\n")?;
    }
    Ok(vectors.words.len() - n_kept)
}

#[cfg(test)]
mod tests {
    use super::write_vectors;
    use crate::train::trained::TrainedVectors;
    use crate::vectors::format::VectorFormat;
    use crate::vectors::read::read_vectors;

    #[test]
    fn written_vectors_are_read_back_in_every_format() {
        let vectors = TrainedVectors {
            words: ["语言", "深度 学习", "模型"].map(String::from).to_vec(),
            counts: vec![3, 2, 1],
            numbers: vec![3.0, 4.0, 1.0, 1.0, 0.0, -2.5],
            dimensions: 2,
        };
        let folder = tempfile::tempdir().expect("a folder");
        for (name, n_left_out) in [("v.fifu", 0), ("new/v.bin", 1), ("v.txt", 1), ("v.vec", 1)] {
            let path = folder.path().join(name);
            assert_eq!(write_vectors(&vectors, &path).expect("written"), n_left_out);
            let format = VectorFormat::of(&path).expect("a known format");
            assert_eq!(Some(format), VectorFormat::of_name(&path));
            let (read, _) = read_vectors(&path, format, None).expect("vectors");
            assert_eq!(read.words().len(), 3 - n_left_out);
            assert_eq!(read.row(0), [0.6, 0.8]);
            assert_eq!(read.row(2 - n_left_out), [0.0, -1.0]);
        }
        let error = write_vectors(&vectors, &folder.path().join("v.npy"));
        assert!(error.expect_err("refused").to_string().contains(".fifu"));
    }
}

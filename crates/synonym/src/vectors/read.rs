//! Reads a file of word vectors with the reader for its format.

use std::path::Path;

use crate::vectors::collection::Vectors;
use crate::vectors::error::{VectorsError, malformed};
use crate::vectors::format::VectorFormat;
use crate::vectors::report::VectorReport;
use crate::vectors::seems::{Seems, by_look, by_mark};
use crate::vectors::{by_finalfusion, precheck, text, unpack, word2vec};

/// Reads vectors and scales them to length 1. [`VectorFormat::of`] finds out the format of a file. With a limit, only the
/// first rows of the file are read, broken ones included.
///
/// A file without a single vector, and one most of whose words are not text, is an error.
pub fn read_vectors(
    path: &Path,
    format: VectorFormat,
    limit: Option<usize>,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let start = unpack::start_of(path)?;
    let seems = |Seems { what, cure }| VectorsError::Seems {
        path: path.to_path_buf(),
        format,
        what,
        cure,
    };
    if let Some(found) = by_mark(&start) {
        return Err(seems(found));
    }
    let read = read_format(path, &start, format, limit.unwrap_or(usize::MAX));
    let (vectors, report) = read.map_err(|error| match by_look(&start, format) {
        Some(found) if error.is_of_content() => seems(found),
        _ => error,
    })?;
    check(path, &report)?;
    Ok((vectors, report))
}

fn read_format(
    path: &Path,
    start: &[u8],
    format: VectorFormat,
    limit: usize,
) -> Result<(Vectors, VectorReport), VectorsError> {
    match format {
        VectorFormat::Text | VectorFormat::TextDims => text::read(path, start, format, limit),
        VectorFormat::Word2vec => word2vec::read(path, start, limit),
        VectorFormat::Finalfusion | VectorFormat::Fasttext => {
            if unpack::is_packed(path)? {
                let reason = "it is packed with gzip, which works only for text and word2vec's binary form; unpack it";
                return Err(malformed(path, format, reason.to_owned()));
            }
            precheck::check(path, format)?;
            by_finalfusion::read(path, format, limit)
        }
        VectorFormat::Floret => Err(VectorsError::NoWords {
            path: path.to_path_buf(),
        }),
    }
}

/// Refuses a file of which nothing is left, or most of whose words are not text.
fn check(path: &Path, report: &VectorReport) -> Result<(), VectorsError> {
    let path = path.to_path_buf();
    let (n_not_text, n_words) = (report.n_not_text, report.n_read());
    if n_not_text * 2 > n_words {
        return Err(VectorsError::NotText {
            path,
            n_not_text,
            n_words,
        });
    }
    if report.n_words == 0 {
        let report = Box::new(report.clone());
        return Err(VectorsError::NoneLeft { path, report });
    }
    Ok(())
}

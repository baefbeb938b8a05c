//! Reads a file of word vectors with the reader for its format.

use std::path::Path;

use crate::vectors::collection::{VectorReport, Vectors};
use crate::vectors::error::{VectorsError, malformed};
use crate::vectors::format::VectorFormat;
use crate::vectors::{by_finalfusion, plain, precheck, unpack};

/// Reads vectors and scales them to length 1. [`VectorFormat::of`] finds out the format of a file.
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
                let reason = "it is packed with gzip, which works only for text and word2vec's binary form; unpack it";
                return Err(malformed(path, format, reason.to_owned()));
            }
            precheck::check(path, format)?;
            by_finalfusion::read(path, format)
        }
        VectorFormat::Floret => Err(VectorsError::NoWords {
            path: path.to_path_buf(),
        }),
    }
}

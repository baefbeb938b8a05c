//! Forms that the `finalfusion` crate reads: its own, quantised or not, and fastText's with subwords.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use finalfusion::error::Error;
use finalfusion::prelude::{
    Embeddings, ReadEmbeddings as _, ReadFastText as _, StorageWrap, VocabWrap,
};

use super::{Collector, VectorFormat, VectorReport, Vectors, VectorsError, open};

/// Reads a file that was looked through.
pub(super) fn read(
    path: &Path,
    format: VectorFormat,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let malformed = |reason: String| VectorsError::Malformed {
        path: path.to_path_buf(),
        format,
        reason,
    };
    let mut reader = open(path)?;
    // A net below the look that was taken before: finalfusion asserts what a file should hold, also when a row is read.
    let read = catch_unwind(AssertUnwindSafe(|| -> Result<Collector, Error> {
        let embeddings: Embeddings<VocabWrap, StorageWrap> = match format {
            VectorFormat::Fasttext => Embeddings::read_fasttext_lossy(&mut reader)?.into(),
            _ => Embeddings::read_embeddings(&mut reader)?,
        };
        let mut collector = Collector::default();
        for (word, row) in embeddings.iter_with_norms() {
            collector.add(
                word.to_owned(),
                row.into_unnormalized().as_slice().unwrap_or_default(),
            );
        }
        Ok(collector)
    }));
    match read {
        Ok(Ok(collector)) => Ok(collector.finish()),
        Ok(Err(error)) => Err(malformed(error.to_string())),
        Err(_) => Err(malformed("its parts contradict each other".to_owned())),
    }
}

//! Reads the formats that the `finalfusion` crate handles: its own, quantised or not, and fastText's with subwords.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use finalfusion::error::Error;
use finalfusion::prelude::{
    Embeddings, ReadEmbeddings as _, ReadFastText as _, StorageWrap, VocabWrap,
};

use crate::vectors::collection::{Collector, VectorReport, Vectors};
use crate::vectors::error::{VectorsError, malformed};
use crate::vectors::format::VectorFormat;
use crate::vectors::unpack::open;

/// Reads a file that passed [`precheck`](crate::vectors::precheck).
pub(super) fn read(
    path: &Path,
    format: VectorFormat,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let mut reader = open(path)?;
    // finalfusion has assertions on what a file holds, also when a row is read. Panics that the precheck did not prevent
    // become errors here.
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
        Ok(Err(error)) => Err(malformed(path, format, error.to_string())),
        Err(_) => Err(malformed(
            path,
            format,
            "its parts contradict each other".to_owned(),
        )),
    }
}

//! Reads the formats that the `finalfusion` crate handles: its own, quantised or not, and fastText's with subwords.

use std::io::{BufRead, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use finalfusion::error::Error;
use finalfusion::prelude::{
    Embeddings, ReadEmbeddings as _, ReadFastText as _, StorageWrap, VocabWrap,
};
use finalfusion::storage::{NdArray, Storage as _};
use finalfusion::subword::Indexer as _;
use finalfusion::vocab::{FastTextSubwordVocab, SubwordIndices as _, Vocab as _};
use ndarray::Array1;

use crate::vectors::collection::{Collector, Vectors};
use crate::vectors::error::{VectorsError, malformed};
use crate::vectors::format::VectorFormat;
use crate::vectors::report::VectorReport;
use crate::vectors::unpack::open;

/// The word that stands for a line's end in fastText's vocabularies. It has no n-grams.
const LINE_END: &str = "</s>";
/// The marks that fastText puts before and behind a word.
const MARKS: [&str; 2] = ["<", ">"];

/// Reads at most `limit` words of a file that passed [`precheck`](crate::vectors::precheck).
pub(super) fn read(
    path: &Path,
    format: VectorFormat,
    limit: usize,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let mut reader = open(path)?;
    // finalfusion has assertions on what a file holds, also when a row is read. Panics that the precheck did not prevent
    // become errors here.
    let read = catch_unwind(AssertUnwindSafe(|| {
        if format == VectorFormat::Fasttext {
            collect_fasttext(&mut reader, limit)
        } else {
            collect_fifu(&mut reader, limit)
        }
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

/// Collects the first `limit` of `n_words` words.
fn collect<'w>(
    rows: impl Iterator<Item = (&'w str, Array1<f32>)>,
    n_words: usize,
    limit: usize,
) -> Collector {
    let mut collector = Collector::default();
    for (word, row) in rows.take(limit) {
        collector.add(word.to_owned(), row.as_slice().unwrap_or_default());
    }
    collector.report().stopped_after = (limit < n_words).then_some(limit);
    collector
}

/// Reads finalfusion's own form.
fn collect_fifu(reader: &mut (impl BufRead + Seek), limit: usize) -> Result<Collector, Error> {
    let embeddings: Embeddings<VocabWrap, StorageWrap> = Embeddings::read_embeddings(reader)?;
    let rows = embeddings.iter_with_norms();
    let rows = rows.map(|(word, row)| (word, row.into_unnormalized()));
    Ok(collect(rows, embeddings.vocab().words_len(), limit))
}

/// Reads fastText's form. The vector of a word is the mean of its own row and the rows of its n-grams.
fn collect_fasttext(reader: &mut impl BufRead, limit: usize) -> Result<Collector, Error> {
    let embeddings: Embeddings<FastTextSubwordVocab, NdArray> =
        Embeddings::read_fasttext_lossy(reader)?;
    let rows = embeddings.iter_with_norms();
    let rows = rows.map(|(word, row)| {
        (
            word,
            as_fasttext(&embeddings, word, row.into_unnormalized()),
        )
    });
    Ok(collect(rows, embeddings.vocab().words_len(), limit))
}

/// Takes the rows out of finalfusion's mean that fastText does not count.
///
/// n-grams of one character are counted from `minn = 1` on. fastText and gensim leave out those of the two boundary marks,
/// and give the word for a line's end no n-grams at all. finalfusion counts them.
fn as_fasttext(
    embeddings: &Embeddings<FastTextSubwordVocab, NdArray>,
    word: &str,
    mean: Array1<f32>,
) -> Array1<f32> {
    let vocabulary = embeddings.vocab();
    let (is_line_end, has_marks) = (word == LINE_END, vocabulary.min_n() == 1);
    if !is_line_end && !has_marks {
        return mean;
    }
    let ngrams = vocabulary.subword_indices(word).unwrap_or_default();
    let surplus: Vec<usize> = if is_line_end {
        ngrams.clone()
    } else {
        let bucket = |mark: &str| vocabulary.indexer().index_ngram(&mark.into())[0];
        MARKS
            .map(|mark| vocabulary.words_len() + bucket(mark) as usize)
            .to_vec()
    };
    let mut sum = mean.mapv(f64::from) * (ngrams.len() + 1) as f64;
    for row in &surplus {
        sum -= &embeddings.storage().embedding(*row).mapv(f64::from);
    }
    (sum / (ngrams.len() + 1 - surplus.len()) as f64).mapv(|x| x as f32)
}

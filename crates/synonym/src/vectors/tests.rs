//! Every format is read; files that lie are refused.

use std::io::{BufWriter, Write as _};

use finalfusion::storage::NdArray;
use finalfusion::vocab::SimpleVocab;
use finalfusion::compat::text::{WriteText as _, WriteTextDims as _};
use finalfusion::compat::word2vec::WriteWord2Vec as _;
use finalfusion::io::WriteEmbeddings as _;
use finalfusion::prelude::{Embeddings, StorageWrap, VocabWrap};

use super::{VectorFormat, VectorReport, Vectors, VectorsError, read_vectors};

fn read(bytes: &[u8], format: VectorFormat) -> Result<(Vectors, VectorReport), VectorsError> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    read_vectors(file.path(), format)
}

#[track_caller]
fn check(bytes: &[u8], format: VectorFormat) {
    let (vectors, report) = read(bytes, format).expect("vectors");
    assert_eq!(vectors.words(), ["语言", "模型"]);
    assert_eq!((vectors.n_dimensions(), report.n_words), (2, 2));
    assert!((vectors.row(0)[0] - 0.6).abs() < 1e-6 && (vectors.row(0)[1] - 0.8).abs() < 1e-6);
}

fn embeddings() -> Embeddings<VocabWrap, StorageWrap> {
    let vocab = SimpleVocab::new(vec!["语言".to_owned(), "模型".to_owned()]);
    let storage = NdArray::from(ndarray::arr2(&[[0.6_f32, 0.8], [1.0, 0.0]]));
    let norms = finalfusion::norms::NdNorms::from(ndarray::arr1(&[5.0_f32, 1.0]));
    Embeddings::new(None, vocab, storage, norms).into()
}

#[test]
fn what_finalfusion_writes_is_read() {
    let mut fifu = BufWriter::new(std::io::Cursor::new(Vec::new()));
    embeddings().write_embeddings(&mut fifu).expect("written");
    let fifu = fifu.into_inner().expect("flushed").into_inner();
    check(&fifu, VectorFormat::Finalfusion);
    let (mut binary, mut text, mut dims) = (Vec::new(), Vec::new(), Vec::new());
    embeddings()
        .write_word2vec_binary(&mut binary, true)
        .expect("written");
    embeddings().write_text(&mut text, true).expect("written");
    embeddings()
        .write_text_dims(&mut dims, true)
        .expect("written");
    check(&binary, VectorFormat::Word2vec);
    check(&text, VectorFormat::Text);
    check(&dims, VectorFormat::TextDims);
}

#[test]
fn a_word_that_is_there_twice_is_refused_with_its_line() {
    let error = read(
        "语言 1 0\n模型 0 1\n语言 1 1\n".as_bytes(),
        VectorFormat::Text,
    )
    .err()
    .expect("refused");
    assert!(
        matches!(error, VectorsError::Duplicate { line: 3, .. }),
        "{error}"
    );
}

#[test]
fn a_header_that_lies_is_refused() {
    for bytes in [
        "3 2\n语言 1 0\n模型 0 1\n",
        "2 3\n语言 1 0\n模型 0 1\n",
        "语言 1 0\n",
        "",
    ] {
        let error = read(bytes.as_bytes(), VectorFormat::TextDims).err();
        assert!(
            matches!(error, Some(VectorsError::Malformed { .. })),
            "{bytes:?}: {error:?}"
        );
    }
}

#[test]
fn mixed_dimensions_are_refused() {
    let error = read("语言 1 0\n模型 0 1 2\n".as_bytes(), VectorFormat::Text).err();
    assert!(
        matches!(error, Some(VectorsError::Malformed { .. })),
        "{error:?}"
    );
}

#[test]
fn rows_that_are_not_finite_or_zero_are_counted() {
    let (vectors, report) = read(
        "语言 1 0\n模型 NaN 1\n概率 0 0\n".as_bytes(),
        VectorFormat::Text,
    )
    .expect("vectors");
    assert_eq!(vectors.words(), ["语言"]);
    assert_eq!((report.n_not_finite, report.n_zero), (1, 1));
}

#[test]
fn a_file_cut_short_is_refused() {
    let mut binary = Vec::new();
    embeddings()
        .write_word2vec_binary(&mut binary, true)
        .expect("written");
    for length in 0..binary.len() - 1 {
        assert!(
            read(&binary[..length], VectorFormat::Word2vec).is_err(),
            "{length} bytes"
        );
    }
}

//! Every format is recognised and read.

use std::io::Write as _;

use finalfusion::compat::fasttext::{FastTextIndexer, WriteFastText as _};
use finalfusion::compat::text::{WriteText as _, WriteTextDims as _};
use finalfusion::compat::word2vec::WriteWord2Vec as _;
use finalfusion::io::WriteEmbeddings as _;
use finalfusion::norms::NdNorms;
use finalfusion::prelude::{Embeddings, StorageWrap, VocabWrap};
use finalfusion::storage::NdArray;
use finalfusion::subword::BucketIndexer as _;
use finalfusion::vocab::{FastTextSubwordVocab, SimpleVocab};

use crate::vectors::collection::Vectors;
use crate::vectors::error::VectorsError;
use crate::vectors::format::VectorFormat;
use crate::vectors::read::read_vectors;
use crate::vectors::report::{NamedRow, RowFault, VectorReport};
use crate::vectors::sniff::sniff;

mod fasttext;
mod lies;
mod odd_text;
mod strangers;

fn read(bytes: &[u8], format: VectorFormat) -> Result<(Vectors, VectorReport), VectorsError> {
    read_first(bytes, format, None)
}

fn read_first(
    bytes: &[u8],
    format: VectorFormat,
    limit: Option<usize>,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    read_vectors(file.path(), format, limit)
}

/// The error message for the bytes of a file, with its path replaced by `FILE`.
#[track_caller]
fn refused(bytes: &[u8], format: VectorFormat) -> String {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    let error = read_vectors(file.path(), format, None)
        .err()
        .expect("refused");
    let path = file.path().display().to_string();
    error.to_string().replace(&path, "FILE")
}

/// Checks that bytes hold 语言 (0.6, 0.8) and 模型 (1, 0), and that their format is recognised.
#[track_caller]
fn check(bytes: &[u8], format: VectorFormat) {
    let (vectors, report) = read(bytes, format).expect("vectors");
    assert_eq!(vectors.words(), ["语言", "模型"]);
    assert_eq!((vectors.n_dimensions(), report.n_words), (2, 2));
    for (found, expect) in [(vectors.row(0), [0.6, 0.8]), (vectors.row(1), [1.0, 0.0])] {
        for (a, b) in found.iter().zip(expect) {
            assert!((a - b).abs() < 1e-6, "{found:?}");
        }
    }
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    assert_eq!(
        VectorFormat::of(file.path()).expect("a known format"),
        format
    );
}

fn words() -> Vec<String> {
    ["语言", "模型"].map(String::from).to_vec()
}

fn embeddings() -> Embeddings<VocabWrap, StorageWrap> {
    let storage = NdArray::from(ndarray::arr2(&[[0.6_f32, 0.8], [1.0, 0.0]]));
    let norms = NdNorms::from(ndarray::arr1(&[5.0_f32, 1.0]));
    Embeddings::new(None, SimpleVocab::new(words()), storage, norms).into()
}

fn fifu() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    embeddings().write_embeddings(&mut bytes).expect("written");
    bytes.into_inner()
}

/// A quantised file without norms. Each word is one code for a pair of numbers; the codes are the last two bytes.
fn quantised_fifu() -> Vec<u8> {
    let mut bytes = b"FiFu".to_vec();
    let mut numbers = |numbers: &[u32]| {
        for number in numbers {
            bytes.extend(number.to_le_bytes());
        }
        bytes.len()
    };
    numbers(&[0, 2, 1, 4, 1, 28, 0, 2, 0]);
    for word in words() {
        bytes.extend((word.len() as u32).to_le_bytes());
        bytes.extend(word.as_bytes());
    }
    // Kind, length (which finalfusion ignores), projection, norms, codes, dimensions, centroids, rows, types.
    for number in [4_u32, 0, 0, 0, 0, 1, 2, 2, 2, 0, 1, 10] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.resize(bytes.len() + 4 - bytes.len() % 4, 0);
    for number in [1.0_f32, 0.0, 0.6, 0.8] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 0]);
    bytes
}

fn fasttext() -> Vec<u8> {
    let vocabulary = FastTextSubwordVocab::new(words(), 3, 6, FastTextIndexer::new(2));
    let rows = ndarray::arr2(&[[0.6_f32, 0.8], [1.0, 0.0], [0.1, 0.2], [0.3, -0.1]]);
    let norms = NdNorms::from(ndarray::arr1(&[5.0_f32, 1.0]));
    let mut bytes = Vec::new();
    Embeddings::new(None, vocabulary, NdArray::from(rows), norms)
        .write_fasttext(&mut bytes)
        .expect("written");
    bytes
}

fn word2vec() -> Vec<u8> {
    let mut bytes = Vec::new();
    embeddings()
        .write_word2vec_binary(&mut bytes, true)
        .expect("written");
    bytes
}

#[test]
fn files_of_finalfusion_are_read() {
    check(&fifu(), VectorFormat::Finalfusion);
    check(&fasttext(), VectorFormat::Fasttext);
    check(&word2vec(), VectorFormat::Word2vec);
    let (mut text, mut dims) = (Vec::new(), Vec::new());
    embeddings().write_text(&mut text, true).expect("written");
    embeddings()
        .write_text_dims(&mut dims, true)
        .expect("written");
    check(&text, VectorFormat::Text);
    check(&dims, VectorFormat::TextDims);
}

#[test]
fn quantised_vectors_are_reconstructed() {
    check(&quantised_fifu(), VectorFormat::Finalfusion);
}

#[test]
fn files_of_other_programs_are_read() {
    let gensim: Vec<u8> = word2vec()
        .split(|byte| *byte == b'\n')
        .enumerate()
        .flat_map(|(index, part)| [part, if index == 0 { b"\n" } else { b"" }].concat())
        .collect();
    check(&gensim, VectorFormat::Word2vec);
    check(
        "2 2\r\n语言 3.0 4.0 \r\n模型\t1e0 -0\r\n".as_bytes(),
        VectorFormat::TextDims,
    );
    check("语言 3 4\n模型 2 0".as_bytes(), VectorFormat::Text);
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("packed");
    packer.finish().expect("packed")
}

#[test]
fn packed_text_and_word2vec_and_text_in_gb18030_are_read() {
    let text = "2 2\n语言 3 4\n模型 2 0\n";
    let gb18030 = encoding_rs::GB18030.encode(text).0;
    check(&packed(text.as_bytes()), VectorFormat::TextDims);
    check(&packed(&word2vec()), VectorFormat::Word2vec);
    check(&gb18030, VectorFormat::TextDims);
    check(&packed(&gb18030), VectorFormat::TextDims);
    let error = read(&packed(&fifu()), VectorFormat::Finalfusion);
    assert!(
        error
            .err()
            .expect("refused")
            .to_string()
            .contains("unpack it")
    );
}

#[test]
fn repeated_and_broken_vectors_are_counted() {
    let text = "语言 1 0\n模型 NaN 1\n概率 0 0\n语言 1 1\n模型 0 1\n预测 inf 0\n".as_bytes();
    let mut bytes = text.to_vec();
    bytes.extend(b"\xe8\xaf 1 0\n");
    let (vectors, report) = read(&bytes, VectorFormat::Text).expect("vectors");
    assert_eq!(vectors.words(), ["语言", "模型"]);
    assert_eq!(vectors.row(0), [1.0, 0.0], "the first of the two");
    let expect = VectorReport {
        n_words: 2,
        n_not_finite: 2,
        n_zero: 1,
        n_repeated: 1,
        n_not_text: 1,
        named: [2, 6].map(not_finite).to_vec(),
        ..VectorReport::default()
    };
    assert_eq!(report, expect);
}

fn not_finite(line: u64) -> NamedRow {
    let fault = RowFault::NotFinite;
    NamedRow { line, fault }
}

#[test]
fn rows_of_other_dimensions_are_counted() {
    let rows = [("语言", vec![1.0]), ("模型", vec![1.0, 0.0])];
    let (vectors, report) = Vectors::from_rows(rows.map(|(word, row)| (word.to_owned(), row)));
    assert_eq!((vectors.words().len(), report.n_other_dimensions), (1, 1));
}

#[test]
fn a_format_is_recognised_by_its_first_lines() {
    let check = |bytes: &[u8], expect: VectorFormat| assert_eq!(sniff(bytes), expect);
    check(b"FiFu\0", VectorFormat::Finalfusion);
    check(&0x2f4f_16ba_u32.to_le_bytes(), VectorFormat::Fasttext);
    check("2 1\n语言 1\n".as_bytes(), VectorFormat::TextDims);
    check("2 1\n语言 \u{1}\u{2}".as_bytes(), VectorFormat::Word2vec);
    check(
        b"100 3 2 5 1 2166136261 < >\n0 1 2 3\n",
        VectorFormat::Floret,
    );
    check("语言 1 2\n".as_bytes(), VectorFormat::Text);
    check(b"", VectorFormat::Text);
}

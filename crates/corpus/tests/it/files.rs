//! Files of every format: written from bytes or values, read back as documents.

use std::io::Write as _;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch};
use corpus::{Corpus, CorpusError, CorpusOptions, Document, DropReport};
use parquet::arrow::ArrowWriter;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// Reads a file of this name and content: its documents, and what was dropped.
pub(crate) fn read(
    name: &str,
    bytes: &[u8],
    options: &CorpusOptions,
) -> Result<(Vec<Document>, DropReport), CorpusError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let corpus = Corpus::open(folder.path(), options)?;
    let mut reader = corpus.files()[0].documents()?;
    let documents = reader.by_ref().collect::<Result<_, _>>()?;
    Ok((documents, reader.drops().clone()))
}

/// Options that drop documents of more than 60 bytes.
pub(crate) fn options(name: &str) -> CorpusOptions {
    CorpusOptions {
        max_document_bytes: 60,
        ..CorpusOptions::of(name)
    }
}

/// Reads a file with [`options`], compares the texts of its documents, and returns what was dropped.
#[track_caller]
pub(crate) fn check(name: &str, bytes: &[u8], expect: &[&str]) -> DropReport {
    let (documents, drops) = read(name, bytes, &options(name)).unwrap();
    let texts: Vec<&str> = documents
        .iter()
        .map(|document| document.text.as_str())
        .collect();
    assert_eq!(texts, expect);
    drops
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A Parquet file with a column of numbers and a nullable column of texts.
pub(crate) fn parquet(column: &str, texts: ArrayRef) -> Vec<u8> {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1; texts.len()]));
    let batch = RecordBatch::try_from_iter([("number", numbers), (column, texts)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// A Parquet file with one required column, which is declared as in a Parquet schema. Each element of `groups` becomes a
/// row group; its values are written as they are, so that they need not be UTF-8.
pub(crate) fn required_parquet(column: &str, groups: &[Vec<&[u8]>]) -> Vec<u8> {
    let schema = parse_message_type(&format!("message rows {{ {column}; }}")).unwrap();
    let mut bytes = Vec::new();
    let properties = Arc::default();
    let mut writer = SerializedFileWriter::new(&mut bytes, Arc::new(schema), properties).unwrap();
    for rows in groups {
        let values: Vec<ByteArray> = rows.iter().map(|row| row.to_vec().into()).collect();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let typed = column.typed::<ByteArrayType>();
        typed.write_batch(&values, None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

//! Files of every format: written from bytes or values, read back as documents.

use std::io::Write as _;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch};
use corpus::{Corpus, CorpusError, CorpusOptions, Document, DropReport};
use parquet::arrow::ArrowWriter;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// Reads a file of this name and content: its documents, and what was dropped. Here a file whose records are all dropped is
/// no error.
pub(crate) fn read(
    name: &str,
    bytes: &[u8],
    options: &CorpusOptions,
) -> Result<(Vec<Document>, DropReport), CorpusError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let corpus = Corpus::open(folder.path(), options)?;
    let mut reader = corpus.files()[0].documents()?;
    let mut documents = Vec::new();
    for document in reader.by_ref() {
        match document {
            Err(CorpusError::AllDropped { .. }) => {}
            document => documents.push(document?),
        }
    }
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

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// The documents 甲。 and 乙。, as Python's `lzma.compress` packs them. `lzma-rust2` is built without its encoder.
pub(crate) const XZ: &[u8] = &[
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01,
    0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x0e, 0xe7, 0x94, 0xb2, 0xe3, 0x80,
    0x82, 0x0a, 0x0a, 0xe4, 0xb9, 0x99, 0xe3, 0x80, 0x82, 0x0a, 0x00, 0x00, 0x14, 0xe8, 0xa4, 0x0c,
    0x99, 0x7c, 0x24, 0x9a, 0x00, 0x01, 0x27, 0x0f, 0xdf, 0x1a, 0xfc, 0x6a, 0x1f, 0xb6, 0xf3, 0x7d,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
];

//! Parquet: every encoding and packing of strings, strings inside structs and lists.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, DictionaryArray, Int32Array, LargeStringArray, ListArray, RecordBatch,
    StringArray, StringViewArray, StructArray,
};
use corpus::{Corpus, CorpusError, CorpusOptions, Document, DropReason, Place};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::files::{check, gzip, options, parquet, read, required_parquet, zstd};

#[test]
fn parquet_rows_are_documents() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("甲"), None, Some("乙")]));
    let drops = check("a.parquet", &parquet("text", texts), &["甲", "乙"]);
    assert_eq!(drops.counts[&DropReason::Empty], 1);
    let large: ArrayRef = Arc::new(LargeStringArray::from(vec!["甲", "乙"]));
    check(
        "a.parquet.gz",
        &gzip(&parquet("text", large)),
        &["甲", "乙"],
    );
    let views: ArrayRef = Arc::new(StringViewArray::from(vec!["甲", "乙"]));
    let packed = zstd(&parquet("text", views));
    check("a.parquet.zst", &packed, &["甲", "乙"]);
    assert!(matches!(
        read("a.parquet", b"no", &options("a.parquet")),
        Err(CorpusError::Parquet { .. })
    ));
}

#[test]
fn parquet_strings_are_read_in_every_encoding() {
    let words = vec![Some("甲"), Some("乙"), None, Some("甲")];
    let dictionary: DictionaryArray<Int32Type> = words.clone().into_iter().collect();
    let bytes: BinaryArray = words.iter().map(|word| word.map(str::as_bytes)).collect();
    for column in [Arc::new(dictionary) as ArrayRef, Arc::new(bytes)] {
        let drops = check("a.parquet", &parquet("text", column), &["甲", "乙", "甲"]);
        assert_eq!(
            (drops.first[0].reason, drops.first[0].place),
            (DropReason::Empty, Place::Line(3))
        );
    }
    let groups = [&["甲", "乙"][..], &[], &["丙"]];
    let groups = groups.map(|rows| rows.iter().map(|text| text.as_bytes()).collect());
    let bytes = required_parquet("REQUIRED BINARY text (UTF8)", &groups);
    check("a.parquet", &bytes, &["甲", "乙", "丙"]);
}

#[test]
fn many_rows_are_read_batch_by_batch_and_progress_ends_at_the_size() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..200).map(|row| format!("第{row}行")).collect();
    let column: ArrayRef = Arc::new(StringArray::from(texts.clone()));
    std::fs::write(folder.path().join("a.parquet"), parquet("text", column)).unwrap();
    let corpus = Corpus::open(folder.path(), &CorpusOptions::of("a.parquet")).unwrap();
    let file = &corpus.files()[0];
    let mut reader = file.documents().unwrap();
    let found: Vec<Document> = reader.by_ref().collect::<Result<_, _>>().unwrap();
    assert!(found.iter().map(|d| &d.text).eq(&texts));
    assert!((0..200).eq(found.iter().map(|d| d.source.record)));
    assert_eq!(reader.bytes_read(), file.bytes());
    assert_eq!(file.document_at(137).unwrap().unwrap().text, "第137行");
}

#[test]
fn a_parquet_column_that_is_not_text_is_an_error_that_names_its_type() {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let bytes = parquet("text", numbers);
    let error = read("a.parquet", &bytes, &options("a.parquet")).err();
    let error = error.unwrap().to_string();
    assert!(error.contains("`text` (INT32)"), "{error}");
}

/// A struct of a text and its source.
fn structs(texts: Vec<Option<&str>>) -> ArrayRef {
    let sources: ArrayRef = Arc::new(Int32Array::from(vec![1; texts.len()]));
    let texts: ArrayRef = Arc::new(StringArray::from(texts));
    let fields = vec![("text", texts), ("source", sources)];
    Arc::new(StructArray::try_from(fields).unwrap())
}

/// A list of strings for each row.
fn lists(rows: &[Option<&[Option<&str>]>]) -> ListArray {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for row in rows {
        builder.append_option(row.map(|row| row.iter().copied()));
    }
    builder.finish()
}

/// Reads a Parquet file with this text field and compares the texts.
#[track_caller]
fn check_field(field: &str, bytes: &[u8], expect: &[&str]) -> u64 {
    let options = CorpusOptions {
        text_field: field.to_owned(),
        ..CorpusOptions::of("a.parquet")
    };
    let (documents, drops) = read("a.parquet", bytes, &options).unwrap();
    let texts: Vec<&str> = documents
        .iter()
        .map(|document| document.text.as_str())
        .collect();
    assert_eq!(texts, expect);
    drops.total()
}

#[test]
fn a_string_inside_structs_is_named_by_its_path() {
    let bytes = parquet("doc", structs(vec![Some("甲"), None, Some("乙")]));
    assert_eq!(check_field("doc.text", &bytes, &["甲", "乙"]), 1);
    let outer: ArrayRef =
        Arc::new(StructArray::try_from(vec![("doc", structs(vec![Some("甲")]))]).unwrap());
    check_field("meta.doc.text", &parquet("meta", outer), &["甲"]);
    let options = CorpusOptions {
        text_field: "doc".to_owned(),
        ..CorpusOptions::of("a.parquet")
    };
    let error = read("a.parquet", &bytes, &options)
        .err()
        .unwrap()
        .to_string();
    let error = &error[error.find("a.parquet").unwrap()..];
    insta::assert_snapshot!(error, @"a.parquet:1: no text field `doc` of type string; there are: `number` (INT32), `doc.text` (string), `doc.source` (INT32); set corpus.text_field");
}

#[test]
fn the_strings_of_a_list_are_joined_as_lines() {
    let rows = lists(&[
        Some(&[Some("甲"), Some("乙"), None, Some("丙")]),
        None,
        Some(&[]),
        Some(&[Some("丁")]),
    ]);
    let bytes = parquet("text", Arc::new(rows));
    assert_eq!(check_field("text", &bytes, &["甲\n乙\n丙", "丁"]), 2);
    check_field("text.list.item", &bytes, &["甲\n乙\n丙", "丁"]);
    let many: Vec<Option<&[Option<&str>]>> = vec![Some(&[Some("甲"), Some("乙")]); 200];
    let bytes = parquet("text", Arc::new(lists(&many)));
    check_field("text", &bytes, &["甲\n乙"; 200]);
}

#[test]
fn a_list_of_structs_is_read_by_the_path_of_a_string() {
    let turns = structs(vec![Some("你好"), Some("再见"), Some("好")]);
    let field = Arc::new(arrow_schema::Field::new(
        "item",
        turns.data_type().clone(),
        true,
    ));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([2, 1]);
    let chats = ListArray::new(field, offsets, turns, None);
    let bytes = parquet("turns", Arc::new(chats));
    check_field("turns.text", &bytes, &["你好\n再见", "好"]);
    let options = CorpusOptions {
        text_field: "turns".to_owned(),
        ..CorpusOptions::of("a.parquet")
    };
    let error = read("a.parquet", &bytes, &options)
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("`turns.text` (list of strings), `turns.source` (list of INT32)"),
        "{error}"
    );
}

#[test]
fn every_compression_of_parquet_is_read() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["甲"; 50]));
    let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .build();
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        check("a.parquet", &bytes, &["甲"; 50]);
    }
}

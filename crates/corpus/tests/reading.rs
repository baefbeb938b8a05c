//! Every format gives the same documents; what is dropped is counted with its place.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, LargeStringArray, RecordBatch, StringArray};
use corpus::{Corpus, CorpusError, CorpusOptions, Document, DropReason, DropReport};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

fn read(
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

fn options(name: &str) -> CorpusOptions {
    CorpusOptions {
        max_document_bytes: 60,
        ..CorpusOptions::of(name)
    }
}

#[track_caller]
fn check(name: &str, bytes: &[u8], expect: &[&str]) -> DropReport {
    let (documents, drops) = read(name, bytes, &options(name)).unwrap();
    let texts: Vec<&str> = documents.iter().map(|d| d.text.as_str()).collect();
    assert_eq!(texts, expect);
    drops
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn parquet(column: &str, texts: ArrayRef) -> Vec<u8> {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1; texts.len()]));
    let batch = RecordBatch::try_from_iter([("number", numbers), (column, texts)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn blank_lines_part_documents_of_plain_text() {
    let text = "甲一。\n甲二。\n\n \u{3000}\t\n乙。\r\n\r\n丙";
    check(
        "a.txt",
        text.as_bytes(),
        &["甲一。\n甲二。\n", "乙。\r\n", "丙"],
    );
    check("a.txt", "\u{feff}甲\n".as_bytes(), &["甲\n"]);
    check("a.txt", b"", &[]);
}

#[test]
fn packed_files_are_read_through_all_their_members() {
    let two = [gzip("甲\n\n".as_bytes()), gzip("乙\n".as_bytes())].concat();
    check("a.txt.gz", &two, &["甲\n", "乙\n"]);
    let pack = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
    check(
        "a.txt.zst",
        &[pack("甲\n\n"), pack("乙\n")].concat(),
        &["甲\n", "乙\n"],
    );
}

#[test]
fn a_packed_file_cut_short_is_an_error_that_names_it() {
    let packed = gzip("甲乙丙丁".repeat(100).as_bytes());
    let error = read(
        "a.txt.gz",
        &packed[..packed.len() / 2],
        &CorpusOptions::of("a.txt.gz"),
    )
    .err()
    .unwrap();
    assert!(
        matches!(error, CorpusError::Read { .. }) && error.to_string().contains("a.txt.gz"),
        "{error}"
    );
}

#[test]
fn what_is_no_text_is_dropped_and_counted_with_its_line() {
    let long = "长".repeat(30);
    let bytes = [
        b"ok\n\n\xff\xfe bad\n\n".as_slice(),
        long.as_bytes(),
        b"\nmore\n\nok2\n",
    ]
    .concat();
    let drops = check("a.txt", &bytes, &["ok\n", "ok2\n"]);
    let places: Vec<(DropReason, u64)> = drops.first.iter().map(|d| (d.reason, d.line)).collect();
    assert_eq!(
        places,
        [(DropReason::InvalidUtf8, 3), (DropReason::TooLong, 5)]
    );
    let lines = "{\"text\": \"甲\"}\nno json\n\n{\"text\": \"  \"}\n{\"text\": null}\n[1]\n";
    let drops = check("a.jsonl", lines.as_bytes(), &["甲"]);
    assert_eq!(drops.counts[&DropReason::Malformed], 2);
    assert_eq!(drops.counts[&DropReason::Empty], 2);
}

#[test]
fn a_missing_field_or_column_is_an_error_that_says_what_is_there() {
    let error = read(
        "a.jsonl",
        "{\"content\": \"甲\"}\n".as_bytes(),
        &options("a.jsonl"),
    )
    .err()
    .unwrap();
    assert!(
        error
            .to_string()
            .contains("a.jsonl:1: no text field `text`")
            && error.to_string().contains("`content`"),
        "{error}"
    );
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["甲"]));
    let error = read(
        "a.parquet",
        &parquet("content", texts),
        &options("a.parquet"),
    )
    .err()
    .unwrap();
    assert!(
        error
            .to_string()
            .contains("`number` (Int32), `content` (Utf8)"),
        "{error}"
    );
}

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
    assert!(matches!(
        read("a.parquet", b"no", &options("a.parquet")),
        Err(CorpusError::Parquet { .. })
    ));
}

#[test]
fn files_folders_and_globs_give_sorted_files_each_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("b/c")).unwrap();
    for name in ["z.txt", "b/y.jsonl", "b/c/x.txt", "b/readme.md"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let open = |paths: &[&str]| {
        let paths = paths.iter().map(|p| (*p).to_owned()).collect();
        Corpus::open(
            folder.path(),
            &CorpusOptions {
                paths,
                ..CorpusOptions::of("")
            },
        )
    };
    let names = |paths: &[&str]| {
        open(paths)
            .unwrap()
            .files()
            .iter()
            .map(|f| f.path().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&["z.txt", "b", "*.txt"]),
        ["b/c/x.txt", "b/y.jsonl", "z.txt"]
    );
    assert!(matches!(
        open(&["none*.txt"]),
        Err(CorpusError::Missing { .. })
    ));
    assert!(matches!(
        open(&["b/readme.md"]),
        Err(CorpusError::UnknownFormat { .. })
    ));
}

#[test]
fn a_document_is_found_again_by_its_record() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a.jsonl"),
        "{\"text\": \"甲\"}\n{\"text\": \"乙\"}\n",
    )
    .unwrap();
    let corpus = Corpus::open(Path::new(folder.path()), &CorpusOptions::of("a.jsonl")).unwrap();
    let file = corpus.file("a.jsonl").unwrap();
    assert_eq!(file.document_at(16).unwrap().unwrap().text, "乙");
    assert_eq!(file.document_at(3).unwrap(), None);
}

proptest! {
    #[test]
    fn documents_are_the_exact_bytes_from_their_record_on(
        documents in prop::collection::vec(prop::collection::vec("[甲乙a ]{0,5}[甲乙b。]", 1..4), 0..6),
    ) {
        let text: String = documents.iter().map(|lines| lines.join("\n") + "\n\n").collect();
        let (found, drops) = read("a.txt", text.as_bytes(), &CorpusOptions::of("a.txt")).unwrap();
        prop_assert_eq!(drops.total(), 0);
        prop_assert_eq!(found.len(), documents.len());
        for (document, lines) in found.iter().zip(&documents) {
            prop_assert_eq!(&document.text, &(lines.join("\n") + "\n"));
            prop_assert!(text[document.source.record as usize..].starts_with(&document.text));
        }
    }
}

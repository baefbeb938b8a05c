//! Every format, compressed or not, gives the same documents.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use corpus::{Corpus, CorpusOptions};
use proptest::prelude::*;

use crate::files::{check, gzip, options, parquet, read, zstd};

#[test]
fn blank_lines_separate_documents_of_plain_text() {
    let text = "甲一。\n甲二。\n\n \u{3000}\t\n乙。\r\n\r\n丙";
    check(
        "a.txt",
        text.as_bytes(),
        &["甲一。\n甲二。\n", "乙。\r\n", "丙"],
    );
    check("a.txt", b"", &[]);
    check("a.txt", "\n \n\r\n甲\n\t\n\n".as_bytes(), &["甲\n"]);
}

#[test]
fn a_byte_order_mark_belongs_to_no_document() {
    for (name, bytes) in [
        ("a.txt", "\u{feff}甲"),
        ("a.jsonl", "\u{feff}{\"text\": \"甲\"}"),
    ] {
        let (documents, drops) = read(name, bytes.as_bytes(), &options(name)).unwrap();
        assert_eq!((documents[0].text.as_str(), drops.total()), ("甲", 0));
        assert_eq!(documents[0].source.record, 3);
    }
    check("a.txt", "\u{feff}\r\n甲\n".as_bytes(), &["甲\n"]);
}

#[test]
fn carriage_returns_are_kept_and_do_not_hide_blank_lines() {
    check(
        "a.txt",
        "甲\r\n乙\r\n\r\n丙\r\n".as_bytes(),
        &["甲\r\n乙\r\n", "丙\r\n"],
    );
    check(
        "a.jsonl",
        "{\"text\": \"甲\\r\\n乙\"}\r\n\r\n{\"text\": \"丙\"}\r\n".as_bytes(),
        &["甲\r\n乙", "丙"],
    );
}

#[test]
fn the_text_field_can_have_another_name() {
    let options = CorpusOptions {
        text_field: "内容".to_owned(),
        ..CorpusOptions::of("a.jsonl")
    };
    let lines = "{\"id\": 1, \"内容\": \"\\u7532\"}\n";
    let (documents, _) = read("a.jsonl", lines.as_bytes(), &options).unwrap();
    assert_eq!(documents[0].text, "甲");
}

#[test]
fn compressed_files_are_read_through_all_their_members() {
    let two = [gzip("甲\n\n".as_bytes()), gzip("乙\n".as_bytes())].concat();
    check("a.txt.gz", &two, &["甲\n", "乙\n"]);
    let two = [zstd("甲\n\n".as_bytes()), zstd("乙\n".as_bytes())].concat();
    check("a.txt.zst", &two, &["甲\n", "乙\n"]);
    let lines = "{\"text\": \"甲\"}\n{\"text\": \"乙\"}";
    check("a.jsonl.gz", &gzip(lines.as_bytes()), &["甲", "乙"]);
    check("a.ndjson.zst", &zstd(lines.as_bytes()), &["甲", "乙"]);
    check("a.txt.gz", &gzip(b""), &[]);
    check("a.txt.zst", &zstd(b""), &[]);
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
            .contains("`number` (INT32), `content` (string)"),
        "{error}"
    );
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
    assert_eq!(file.document_at(99).unwrap(), None);
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

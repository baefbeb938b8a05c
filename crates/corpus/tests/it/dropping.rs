//! Records that are not documents are dropped and counted with their place, and reading goes on; a damaged file is an error.

use std::sync::Arc;

use corpus::{Corpus, CorpusError, CorpusOptions, DropReason, DropReport, Place};

use crate::files::{check, gzip, options, read, required_parquet, zstd};

#[track_caller]
fn check_damaged(name: &str, bytes: &[u8]) {
    let error = read(name, bytes, &CorpusOptions::of(name)).err().unwrap();
    assert!(
        matches!(error, CorpusError::Read { .. }) && error.to_string().contains(name),
        "{error}"
    );
}

#[test]
fn records_that_are_not_text_are_dropped_and_counted_with_their_line() {
    let long = "长".repeat(30);
    let bytes = [
        b"ok\n\n\xff\xfe bad\n\n".as_slice(),
        long.as_bytes(),
        b"\nmore\n\nok2\n",
    ]
    .concat();
    let drops = check("a.txt", &bytes, &["ok\n", "ok2\n"]);
    let places: Vec<(DropReason, Place)> =
        drops.first.iter().map(|d| (d.reason, d.place)).collect();
    assert_eq!(
        places,
        [
            (DropReason::InvalidUtf8, Place::Line(3)),
            (DropReason::TooLong, Place::Line(5))
        ]
    );
    let lines = "{\"text\": \"甲\"}\nno json\n\n{\"text\": \"  \"}\n{\"text\": null}\n[1]\n";
    let drops = check("a.jsonl", lines.as_bytes(), &["甲"]);
    assert_eq!(drops.counts[&DropReason::Malformed], 2);
    assert_eq!(drops.counts[&DropReason::Empty], 2);
}

#[test]
fn a_file_whose_records_are_all_dropped_is_an_error_that_names_it() {
    let refused = |bytes: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.jsonl"), bytes).unwrap();
        let corpus = Corpus::open(folder.path(), &CorpusOptions::of("a.jsonl")).unwrap();
        let mut reader = corpus.files()[0].documents().unwrap();
        let error = reader.by_ref().last().unwrap().err().unwrap();
        assert!(reader.next().is_none() && reader.drops().total() > 0);
        fixtures::message(error, folder.path(), "HERE")
    };
    insta::assert_snapshot!(refused(b"{'text': 'a'}\n{\"text\": \"\"}\n"), @"HERE/a.jsonl: all 2 records are dropped (1 no text, 1 malformed JSON); the first: a.jsonl:1:2: malformed JSON: expected a field's name in double quotes, found `'`; mend the file, or take it out of corpus.paths");
}

#[test]
fn a_file_without_records_and_a_part_of_a_file_may_give_no_document() {
    for bytes in [b"".as_slice(), b"\n \n", "\u{feff}\n".as_bytes()] {
        assert_eq!(check("a.jsonl", bytes, &[]).total(), 0);
    }
    let drops = check("a.jsonl", b"{\"text\": \"\"}\n", &[]);
    assert!(!drops.files["a.jsonl"].is_lost());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jsonl"), "no\n{\"text\": \"甲\"}\n").unwrap();
    let corpus = Corpus::open(folder.path(), &CorpusOptions::of("a.jsonl")).unwrap();
    let mut reader = corpus.files()[0].documents_in(&(0..2)).unwrap();
    assert!(reader.next().is_none());
    assert_eq!(reader.drops().files["a.jsonl"].n_dropped(), 1);
}

#[test]
fn a_file_that_the_drop_list_empties_is_no_error() {
    let list = "a.txt\t0\na.txt\t5\na.txt\t10\n";
    let (texts, drops) = read_with_drop_list(list).unwrap();
    assert_eq!((texts.len(), drops.counts[&DropReason::Listed]), (1, 3));
}

#[test]
fn a_damaged_compressed_file_is_an_error_that_names_it() {
    let lines: Vec<String> = (0..2000).map(|n| format!("第{n}句。\n")).collect();
    let text = lines.concat();
    for (name, packed) in [
        ("a.txt.gz", gzip(text.as_bytes())),
        ("a.txt.zst", zstd(text.as_bytes())),
    ] {
        for n_bytes in [1, packed.len() / 2, packed.len() - 1] {
            check_damaged(name, &packed[..n_bytes]);
        }
        check_damaged(name, &[packed, b"more".to_vec()].concat());
        check_damaged(name, text.as_bytes());
    }
}

#[test]
fn a_document_at_the_limit_is_kept_whatever_blank_line_follows() {
    let full = "甲".repeat(19) + "ab\n"; // 60 bytes, as many as may be
    for blank in ["\n", "\r\n", " \t \n", "\u{3000}\u{3000}\r\n\n"] {
        let text = format!("{full}{blank}乙\n");
        let drops = check("a.txt", text.as_bytes(), &[&full, "乙\n"]);
        assert_eq!(drops.total(), 0);
        let drops = check("a.txt", format!("x{text}").as_bytes(), &["乙\n"]);
        assert_eq!(drops.counts[&DropReason::TooLong], 1);
    }
}

#[test]
fn an_overlong_record_is_dropped_and_the_next_one_is_read() {
    let long = "长".repeat(100_000);
    let text = format!("{long}\n短\n{long}\n\n甲\n\n乙\n短\n{long}\n短\n\n丙\n");
    let drops = check("a.txt", text.as_bytes(), &["甲\n", "丙\n"]);
    let places: Vec<Place> = drops.first.iter().map(|d| d.place).collect();
    assert_eq!(places, [Place::Line(1), Place::Line(7)]);
    let lines = format!("{{\"text\": \"{long}\"}}\n{{\"text\": \"甲\"}}\n");
    let drops = check("a.jsonl", lines.as_bytes(), &["甲"]);
    assert_eq!(drops.counts[&DropReason::TooLong], 1);
}

#[test]
fn invalid_utf8_drops_only_its_own_document() {
    let mut lines = b"{\"text\": \"a\"}\n{\"text\": \"\xff\"}\n".to_vec();
    lines.extend("{\"text\": \"甲\"}".as_bytes());
    let drops = check("a.jsonl", &lines, &["a", "甲"]);
    assert_eq!(drops.first[0].place, Place::Line(2));
    let text = [b"a\n\xe7\x94\n\n".as_slice(), "甲".as_bytes()].concat();
    check("a.txt", &text, &["甲"]);
}

#[test]
fn invalid_utf8_in_parquet_drops_only_its_own_row() {
    let mut rows: Vec<&[u8]> = vec!["甲".as_bytes(); 100];
    rows[69] = b"\xe7\x94";
    for column in ["REQUIRED BINARY text (UTF8)", "REQUIRED BINARY text"] {
        let bytes = required_parquet(column, &[rows.clone(), vec![b"\xff", b"ok"]]);
        let mut expect = vec!["甲"; 99];
        expect.push("ok");
        let drops = check("a.parquet", &bytes, &expect);
        assert_eq!(drops.counts[&DropReason::InvalidUtf8], 2);
        let rows: Vec<Place> = drops.first.iter().map(|dropped| dropped.place).collect();
        assert_eq!(rows, [Place::Line(70), Place::Line(101)]);
    }
}

#[test]
fn a_damaged_parquet_page_is_an_error_that_names_its_rows() {
    let rows: Vec<String> = (0..100).map(|row| format!("{row:040}")).collect();
    let rows: Vec<&[u8]> = rows.iter().map(String::as_bytes).collect();
    let mut bytes = required_parquet("REQUIRED BINARY text (UTF8)", &[rows.clone(), rows]);
    bytes[6000..6100].fill(0xff); // in the second row group: the 100 values of the first take 44 bytes each
    let error = read("a.parquet", &bytes, &options("a.parquet"))
        .err()
        .unwrap();
    let error = error.to_string();
    assert!(
        error.contains("a.parquet as Parquet: in the rows from 101 on: "),
        "{error}"
    );
}

#[test]
fn only_the_first_places_of_a_file_are_kept_and_reports_add_up() {
    let lines = "no\n".repeat(7);
    let mut report = check("a.jsonl", lines.as_bytes(), &[]);
    let other = check("b.jsonl", b"no\n{\"text\": \"\"}\n", &[]);
    report.merge(&other);
    assert_eq!(report.counts[&DropReason::Malformed], 8);
    assert_eq!(report.total(), 9);
    let places: Vec<(Arc<str>, Place)> = report
        .first
        .iter()
        .map(|d| (Arc::clone(&d.path), d.place))
        .collect();
    assert_eq!(places.len(), 7);
    assert_eq!(places[5], ("b.jsonl".into(), Place::Line(1)));
    assert_eq!(places[6], ("b.jsonl".into(), Place::Line(2)));
    assert_eq!(report.files["a.jsonl"].dropped[&DropReason::Malformed], 7);
    assert_eq!(report.files["b.jsonl"].n_dropped(), 2);
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<DropReport>(&json).unwrap(), report);
}

#[test]
fn a_size_limit_beyond_32_bits_is_refused() {
    let options = CorpusOptions {
        max_document_bytes: 1 << 32,
        ..options("a.txt")
    };
    let error = read("a.txt", b"", &options).err().unwrap();
    insta::assert_snapshot!(error, @"corpus.max_document_bytes: expected at most 4294967295, found 4294967296");
}

/// Reads a corpus of two files with a drop list: the texts that are left, and what was dropped.
fn read_with_drop_list(list: &str) -> Result<(Vec<String>, DropReport), CorpusError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "甲\n\n乙\n\n丙\n").unwrap();
    std::fs::write(folder.path().join("b.jsonl"), "{\"text\": \"丁\"}\n").unwrap();
    std::fs::write(folder.path().join("list.tsv"), list).unwrap();
    let options = CorpusOptions {
        paths: vec!["a.txt".to_owned(), "b.jsonl".to_owned()],
        drop_list: Some("list.tsv".into()),
        ..CorpusOptions::of("")
    };
    let corpus = Corpus::open(folder.path(), &options)?;
    let (mut texts, mut drops) = (Vec::new(), DropReport::default());
    for file in corpus.files() {
        let mut reader = file.documents()?;
        for document in reader.by_ref() {
            texts.push(document?.text);
        }
        drops.merge(reader.drops());
    }
    Ok((texts, drops))
}

#[test]
fn listed_documents_are_left_out_and_counted() {
    let (texts, drops) =
        read_with_drop_list("# a remark\n\na.txt\t5\tb.jsonl 0\nb.jsonl\t0\n").unwrap();
    assert_eq!(texts, ["甲\n", "丙\n"]);
    assert_eq!(drops.counts[&DropReason::Listed], 2);
    assert_eq!(drops.first[0].place, Place::Line(3));
}

#[test]
fn a_drop_list_of_another_corpus_is_refused() {
    let refused = |list: &str| {
        let error = read_with_drop_list(list).err().unwrap().to_string();
        let start = error.find("list.tsv").unwrap();
        error[start..].to_owned()
    };
    insta::assert_snapshot!(refused("a.txt\t5\n\nc.txt\t0\n"), @"list.tsv:3: the corpus has no file `c.txt`; a list belongs to the corpus.paths that it was made with");
    insta::assert_snapshot!(refused("a.txt 5\n"), @"list.tsv:1: expected a file of the corpus, a tab and the record's number, found `a.txt 5`; `macbert merge` and `macbert corpus stats --drop-list` write such lists");
}

#[test]
fn nul_bytes_are_text_like_any_other() {
    let drops = check("a.txt", b"a\0b\n\n\0\n", &["a\0b\n", "\0\n"]);
    assert_eq!(drops.total(), 0);
    check("a.jsonl", b"{\"text\": \"a\\u0000b\"}\n", &["a\0b"]);
    // In JSON, NUL is allowed only as an escape.
    let drops = check("a.jsonl", b"{\"text\": \"a\0b\"}\n", &[]);
    assert_eq!(drops.counts[&DropReason::Malformed], 1);
}

#[test]
fn a_file_that_vanishes_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.txt", "b.parquet"] {
        let bytes = required_parquet("REQUIRED BINARY text (UTF8)", &[vec![b"ok"]]);
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let corpus = Corpus::open(folder.path(), &CorpusOptions::of(name)).unwrap();
        std::fs::remove_file(folder.path().join(name)).unwrap();
        let error = corpus.files()[0].documents().err().unwrap();
        assert!(matches!(error, CorpusError::Read { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

//! Tasks share a corpus: any number of them reads every document once, in order.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use corpus::{Corpus, CorpusError, CorpusOptions, Document, DocumentReader, Place, Share};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

use crate::files::{gzip, zstd};

fn corpus(folder: &Path) -> Corpus {
    let options = CorpusOptions {
        max_document_bytes: 5000,
        ..CorpusOptions::of("*")
    };
    Corpus::open(folder, &options).unwrap()
}

/// The documents that a reader gives. Only who reads the whole file refuses it if all of its records are dropped.
fn documents_of(reader: &mut DocumentReader) -> Vec<Document> {
    let is_read = |document: &Result<Document, CorpusError>| {
        !matches!(document, Err(CorpusError::AllDropped { .. }))
    };
    reader.filter(is_read).map(Result::unwrap).collect()
}

/// The documents of a task, and the number of records that it dropped.
fn read(corpus: &Corpus, share: Share) -> (Vec<Document>, u64) {
    let (mut documents, mut n_dropped) = (Vec::new(), 0);
    for part in corpus.parts(share).unwrap() {
        let file = &corpus.files()[part.file_index];
        let mut reader = file.documents_in(&part.records).unwrap();
        documents.extend(documents_of(&mut reader));
        n_dropped += reader.drops().total();
    }
    (documents, n_dropped)
}

/// Compares the documents of several numbers of tasks, up to three per byte, with those of a single task.
fn check(folder: &Path) {
    let corpus = corpus(folder);
    let whole = read(&corpus, Share::WHOLE);
    let mut plain = Vec::new();
    for file in corpus.files() {
        plain.extend(documents_of(&mut file.documents().unwrap()));
    }
    assert_eq!(whole.0, plain);
    let n_bytes = corpus.files().iter().map(corpus::CorpusFile::bytes).sum();
    for n_tasks in (1..12).chain([n_bytes, 3 * n_bytes + 1]).filter(|n| *n > 0) {
        let mut together = (Vec::new(), 0);
        for index in 0..n_tasks {
            let (documents, n_dropped) = read(&corpus, Share::new(index, n_tasks).unwrap());
            together.0.extend(documents);
            together.1 += n_dropped;
        }
        assert!(
            together == whole,
            "{n_tasks} tasks: {together:?}, {whole:?}"
        );
    }
}

fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => prop::sample::select(vec!["甲乙。", "a", "  丙", "{\"text\": \"丁\"}", "{\"text\": \"\"}", "no", "{\"text\": \"戊\"}\u{feff}{\"text\": \"己\"}"]),
        3 => prop::sample::select(vec!["", " ", "\u{3000}\t", "\r"]),
        1 => prop::sample::select(vec!["\u{feff}", "\u{b}"]),
    ];
    let lines = prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"));
    let mark = prop::sample::select(vec!["", "", "\u{feff}"]);
    let end = prop::sample::select(vec!["", "\n"]);
    (mark, lines, end).prop_map(|(mark, lines, end)| format!("{mark}{lines}{end}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_number_of_tasks_reads_text_and_jsonl_once(first in lines(), second in lines(), third in lines()) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), first).unwrap();
        std::fs::write(folder.path().join("b.jsonl"), second).unwrap();
        std::fs::write(folder.path().join("c.txt"), third).unwrap();
        prop_assert_eq!(corpus(folder.path()).files().len(), 3);
        // No line is JSON without a text field: that is an error, which ends the reading of any task.
        check(folder.path());
    }
}

#[test]
fn documents_with_long_lines_and_long_white_space_are_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let (long, white) = ("长".repeat(3000), " ".repeat(4990));
    let text = format!(
        "{long}\n甲\n{white}\n乙\n\n{white}{white}\n丙\n{}\n丁\n",
        "\u{3000}".repeat(1500)
    );
    std::fs::write(folder.path().join("a.txt"), text).unwrap();
    check_documents(&corpus(folder.path()), &[2, 3, 7, 50, 1000]);
}

/// Compares the documents of these numbers of tasks with those of a single task; returns how many documents there are.
fn check_documents(corpus: &Corpus, numbers_of_tasks: &[u64]) -> usize {
    let (whole, _) = read(corpus, Share::WHOLE);
    for &n_tasks in numbers_of_tasks {
        let tasks = (0..n_tasks).map(|index| read(corpus, Share::new(index, n_tasks).unwrap()));
        let documents: Vec<Document> = tasks.flat_map(|(documents, _)| documents).collect();
        assert_eq!(documents, whole, "{n_tasks} tasks");
    }
    whole.len()
}

#[test]
fn compressed_files_go_to_one_task_and_parquet_row_groups_to_several() {
    let folder = tempfile::tempdir().unwrap();
    let documents: Vec<String> = (0..200).map(|n| format!("第{n}篇。\n\n")).collect();
    let text = documents.concat();
    std::fs::write(folder.path().join("a.txt.gz"), gzip(text.as_bytes())).unwrap();
    std::fs::write(folder.path().join("b.txt.zst"), zstd(text.as_bytes())).unwrap();
    std::fs::write(folder.path().join("c.parquet"), row_groups(200, 16)).unwrap();
    std::fs::write(folder.path().join("d.txt"), &text).unwrap();
    let corpus = corpus(folder.path());
    assert_eq!(check_documents(&corpus, &[2, 3, 5, 8, 64]), 800);
    let n_parquet_tasks = (0..8).filter(|index| {
        let parts = corpus.parts(Share::new(*index, 8).unwrap()).unwrap();
        parts.iter().any(|part| part.file_index == 2)
    });
    assert!(n_parquet_tasks.count() > 2);
}

/// A Parquet file of short texts in row groups of `per_group` rows.
fn row_groups(n_rows: usize, per_group: usize) -> Vec<u8> {
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..n_rows).map(|n| format!("第{n}行。")),
    ));
    let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(per_group))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn a_dropped_record_of_a_later_task_is_placed_by_its_byte() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"text\": \"甲\"}\n".repeat(9) + "no\n";
    std::fs::write(folder.path().join("a.jsonl"), lines).unwrap();
    let corpus = corpus(folder.path());
    let part = &corpus.parts(Share::new(1, 2).unwrap()).unwrap()[0];
    let mut reader = corpus.files()[0].documents_in(&part.records).unwrap();
    assert_eq!(reader.by_ref().count(), 4);
    assert_eq!(reader.drops().first[0].place, Place::Byte(144));
    assert_eq!(Place::Byte(144).to_string(), "byte 144");
}

#[test]
fn a_task_index_beyond_the_number_of_tasks_is_refused() {
    let error = Share::new(4, 4).err().unwrap();
    insta::assert_snapshot!(error, @"there is no task 4 of 4: tasks are numbered from 0");
    assert!(Share::new(0, 0).is_err());
}

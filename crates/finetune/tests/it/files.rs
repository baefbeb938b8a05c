//! Files of tasks are read in every form in which they are published; what is wrong in them is named with its line.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use finetune::{
    DataError, LabelSet, TableForm, TextColumns, read_questions, read_spelling, read_tags,
    read_texts, read_training_tags, read_training_texts,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

/// A folder with one file.
struct Written {
    folder: TempDir,
    path: PathBuf,
}

fn written(text: impl AsRef<[u8]>) -> Written {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, text).unwrap();
    Written { folder, path }
}

fn columns(form: TableForm, label: &str, texts: &[&str]) -> TextColumns {
    TextColumns {
        form,
        label: label.to_owned(),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        left_out: vec!["-".to_owned()],
    }
}

/// The error without the folder of the test.
fn message(written: &Written, error: &DataError) -> String {
    let folder = written.folder.path().display().to_string();
    error.to_string().replace(&format!("{folder}/"), "")
}

#[track_caller]
fn check_texts(text: &str, columns: &TextColumns, expect: &[(&str, Option<&str>, usize)]) {
    let written = written(text);
    let (found, _) = read_training_texts(&written.path, columns, None).unwrap();
    let found = found.examples.iter();
    let found: Vec<_> = found
        .map(|e| (e.first.as_str(), e.second.as_deref(), e.label))
        .collect();
    assert_eq!(found, expect);
}

#[test]
fn columns_are_found_by_name_or_number() {
    let expect = [("好", None, 1), ("差", None, 0)];
    let tsv = columns(TableForm::Tsv, "label", &["text"]);
    check_texts("label\ttext\n1\t好\n0\t差\n", &tsv, &expect);
    check_texts(
        "text\tid\tlabel\r\n好\t7\t1\r\n差\t8\t0\r\n\r\n",
        &tsv,
        &expect,
    );
    let by_number = columns(TableForm::Tsv, "1", &["2"]);
    check_texts("\u{feff}label\ttext\n1\t好\n0\t差", &by_number, &expect);
    let without_header = columns(TableForm::TsvWithoutHeader, "3", &["1"]);
    check_texts("好\tx\t1\n差\ty\t0\n", &without_header, &expect);
    let jsonl = columns(TableForm::Jsonl, "label", &["text"]);
    check_texts(
        "{\"label\": 1, \"text\": \"好\"}\n{\"text\": \"差\", \"label\": \"0\"}\n",
        &jsonl,
        &expect,
    );
}

#[test]
fn pairs_have_two_texts_and_an_empty_one_is_a_text() {
    let pairs = columns(TableForm::TsvWithoutHeader, "3", &["1", "2"]);
    let expect = [("甲", Some("\"乙"), 1), ("", Some("丙"), 0)];
    check_texts("甲\t\"乙\tsame\n\t丙\tother\n", &pairs, &expect);
}

#[test]
fn labels_are_ordered_by_number_or_by_name() {
    let written = written("label\ttext\n10\t甲\n9\t乙\n100\t丙\n");
    let tsv = columns(TableForm::Tsv, "label", &["text"]);
    let (_, labels) = read_training_texts(&written.path, &tsv, None).unwrap();
    assert_eq!(labels.names(), ["9", "10", "100"]);
    let given = LabelSet::given(&["100", "10", "9"].map(String::from)).unwrap();
    let (texts, _) = read_training_texts(&written.path, &tsv, Some(&given)).unwrap();
    let ids: Vec<usize> = texts.examples.iter().map(|example| example.label).collect();
    assert_eq!(ids, [1, 2, 0]);
}

#[test]
fn examples_without_an_agreed_label_are_left_out_and_counted() {
    let written = written("label\ttext\n-\t甲\n0\t乙\n1\t丙\n");
    let tsv = columns(TableForm::Tsv, "label", &["text"]);
    let (texts, labels) = read_training_texts(&written.path, &tsv, None).unwrap();
    assert_eq!((texts.examples.len(), texts.n_left_out), (2, 1));
    assert_eq!(labels.names(), ["0", "1"]);
    assert_eq!(texts.examples[0].line, 3);
}

#[test]
fn packed_files_are_recognised_by_their_first_bytes() {
    let text = "label\ttext\n1\t好\n0\t差\n";
    let mut gzip = Vec::new();
    for part in [&text[..13], &text[13..]] {
        // Two members, as `cat a.gz b.gz` makes them.
        let mut encoder = GzEncoder::new(&mut gzip, Compression::fast());
        encoder.write_all(part.as_bytes()).unwrap();
        encoder.finish().unwrap();
    }
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for bytes in [gzip, zstd] {
        let written = written(bytes);
        let tsv = columns(TableForm::Tsv, "label", &["text"]);
        let (texts, _) = read_training_texts(&written.path, &tsv, None).unwrap();
        assert_eq!(texts.examples.len(), 2);
    }
}

#[track_caller]
fn check_refused(text: impl AsRef<[u8]>, columns: &TextColumns, expect: &str) {
    let written = written(text);
    let error = read_training_texts(&written.path, columns, None).unwrap_err();
    assert_eq!(message(&written, &error), expect);
}

#[test]
fn tables_that_cannot_be_read_are_refused_with_their_line() {
    let tsv = columns(TableForm::Tsv, "label", &["text"]);
    check_refused(
        "label\tsentence\n",
        &tsv,
        "file:1: there is no column `text`; there are: label, sentence",
    );
    check_refused(
        "label\ttext\n1\t好\n0\n",
        &tsv,
        "file:3: expected 2 columns, found 1",
    );
    check_refused(
        "label\ttext\n1\t好\t坏\n",
        &tsv,
        "file:2: expected 2 columns, found 3",
    );
    check_refused(
        "label\ttext\n1\t好\n\n0\t差\n",
        &tsv,
        "file:3: the line is empty, and more lines follow; remove it",
    );
    check_refused("label\ttext\n\t好\n", &tsv, "file:2: the label is empty");
    check_refused(
        "label\ttext\n1\t好\n1\t差\n",
        &tsv,
        "file: all examples have the label `1`; expected at least two labels",
    );
    check_refused(
        "label\ttext\n",
        &tsv,
        "file: there are no examples in the file",
    );
    check_refused("", &tsv, "file:1: there is no column `label`; there are: ");
    check_refused(
        b"label\ttext\n1\t\xba\xc3\n",
        &tsv,
        "file:2: the text is not UTF-8; convert the file first: iconv -f GB18030 -t UTF-8 OLD > NEW",
    );
    let numbers = columns(TableForm::TsvWithoutHeader, "1", &["3"]);
    check_refused(
        "1\t好\n",
        &numbers,
        "file:1: expected at least 3 columns, found 2",
    );
    let names = columns(TableForm::TsvWithoutHeader, "label", &["2"]);
    check_refused(
        "1\t好\n",
        &names,
        "file: the file has no header, so columns are numbers from 1; found `label`",
    );
    let jsonl = columns(TableForm::Jsonl, "label", &["text"]);
    check_refused(
        "{\"label\": \"1\", \"sentence\": \"好\"}\n",
        &jsonl,
        "file:1: there is no field `text` with a text or a number; there are: label, sentence",
    );
    check_refused(
        "[1]\n",
        &jsonl,
        "file:1: expected a JSON object: invalid type: sequence, expected a map at line 1 column 0",
    );
}

#[test]
fn a_label_that_training_lacks_is_refused_with_its_line() {
    let tsv = columns(TableForm::Tsv, "label", &["text"]);
    let labels = LabelSet::given(&["0", "1"].map(String::from)).unwrap();
    let written = written("label\ttext\n0\t好\n2\t差\n");
    let error = read_texts(&written.path, &tsv, &labels).unwrap_err();
    assert_eq!(
        message(&written, &error),
        "file:3: unknown label `2`; the labels are: 0, 1"
    );
    let error = LabelSet::given(&["0", "0"].map(String::from)).unwrap_err();
    assert_eq!(error.to_string(), "labels: `0` is given twice");
}

#[test]
fn tagged_lines_are_sentences_between_blank_lines() {
    let file = written("\n中 B-LOC\n国 I-LOC\n\n\n我\tO\n  O\nOK O\n");
    let (sentences, labels) = read_training_tags(&file.path, None).unwrap();
    assert_eq!(labels.names(), ["O", "B-LOC", "I-LOC"]);
    assert_eq!(sentences.len(), 2);
    assert_eq!(
        (sentences[0].line, &sentences[0].tags[..]),
        (2, &[1, 2][..])
    );
    assert_eq!(sentences[1].characters, ["我", " ", "OK"]);
    for (text, expect) in [
        (
            "中 B-PER\n",
            "file:1: unknown label `B-PER`; the labels are: O, B-LOC, I-LOC",
        ),
        (
            "中 O\n国\n",
            "file:2: expected a character, a space or tab, and a tag `O`, `B-…` or `I-…`; found `国`",
        ),
        (
            "中 LOC\n",
            "file:1: expected a character, a space or tab, and a tag `O`, `B-…` or `I-…`; found `中 LOC`",
        ),
        (
            " O\n",
            "file:1: expected a character, a space or tab, and a tag `O`, `B-…` or `I-…`; found ` O`",
        ),
        ("\n\n", "file: there are no examples in the file"),
    ] {
        let file = written(text);
        let error = read_tags(&file.path, &labels).unwrap_err();
        assert_eq!(message(&file, &error), expect);
    }
}

#[test]
fn spelling_pairs_have_equal_lengths() {
    let file = written("source\ttarget\n我门走\t我们走\n好。\t好\n");
    let error = read_spelling(&file.path, TableForm::Tsv, "source", "target").unwrap_err();
    let expect = "file:3: source has 2 characters and target has 1; expected equal lengths";
    assert_eq!(message(&file, &error), expect);
    let file = written("我门走\t我们走\n𠮷\t吉\n");
    let pairs = read_spelling(&file.path, TableForm::TsvWithoutHeader, "1", "2").unwrap();
    assert_eq!((pairs[1].line, pairs[1].source.as_str()), (2, "𠮷"));
}

/// A file with one context and one question.
fn one_question(context: &str, answers: &str) -> String {
    format!(
        r#"{{"data": [{{"paragraphs": [{{"context": "{context}", "qas": [{{"id": "1", "question": "？", "answers": [{answers}]}}]}}]}}]}}"#
    )
}

#[test]
fn answers_are_placed_by_characters_or_utf16_units() {
    let answers = r#"{"text": "鱼", "answer_start": 1}, {"text": "池", "answer_start": 3},
        {"text": "39764.0", "answer_start": -1}, {"text": "鱼", "answer_start": 0}, {"text": "", "answer_start": 3}"#;
    let file = written(one_question("𫚭鱼池", answers));
    let found = read_questions(&file.path).unwrap();
    let spans: Vec<Option<&str>> = found.questions[0]
        .answers
        .iter()
        .map(|answer| answer.span.map(|span| span.of("𫚭鱼池")))
        .collect();
    assert_eq!(spans, [Some("鱼"), Some("池"), None, None, Some("")]);
    let counts = (
        found.n_answers,
        found.n_in_utf16,
        found.n_absent,
        found.n_misplaced,
    );
    assert_eq!(counts, (5, 1, 1, 1));
}

#[test]
fn questions_in_another_form_are_refused() {
    let file = written("{\"data\": [\n{\"paragraphs\": [{\"qas\": []}]}]}");
    let error = read_questions(&file.path).unwrap_err();
    let expect = "file:2: not in the form of SQuAD: missing field `context` at line 2 column 27";
    assert_eq!(message(&file, &error), expect);
    let question = r#"{"id": "1", "question": "？"}"#;
    let file = written(format!(
        r#"{{"data": [{{"paragraphs": [{{"context": "甲", "qas": [{question}, {question}]}}]}}]}}"#
    ));
    let error = read_questions(&file.path).unwrap_err();
    assert_eq!(
        message(&file, &error),
        "file: two questions have the id `1`"
    );
}

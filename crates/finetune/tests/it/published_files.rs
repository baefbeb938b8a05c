//! Published files beside the repository are read whole.

use std::path::PathBuf;

use finetune::{
    TableForm, TextColumns, read_questions, read_spelling, read_tags, read_texts,
    read_training_tags, read_training_texts,
};
use fixtures::beside;

/// A file of the labelled tasks.
fn eval(path: &str) -> Option<PathBuf> {
    beside(&format!("data/eval/{path}"))
}

#[test]
fn questions_of_cmrc_and_drcd() {
    for (path, questions, answers, in_utf16, absent) in [
        ("cmrc2018/train.json.zst", 10_142, 10_142, 21, 0),
        ("cmrc2018/dev.json.zst", 3219, 9657, 7, 193),
        ("drcd/train.json.zst", 2517, 5034, 0, 0),
        ("drcd/dev.json.zst", 1007, 2014, 0, 0),
    ] {
        let Some(path) = eval(path) else { return };
        let found = read_questions(&path).unwrap();
        let counts = (
            found.questions.len(),
            found.n_answers,
            found.n_in_utf16,
            found.n_absent,
        );
        assert_eq!(
            counts,
            (questions, answers, in_utf16, absent),
            "{}",
            path.display()
        );
        assert_eq!(found.n_misplaced, 0, "{}", path.display());
    }
}

#[test]
fn the_invented_questions_of_cjrc() {
    let Some(sample) = beside("reference/metrics/cjrc_sample.json") else {
        return;
    };
    let found = read_questions(&sample).unwrap();
    assert_eq!((found.questions.len(), found.n_answers), (10, 30));
    assert_eq!((found.n_absent, found.n_misplaced), (14, 0));
}

#[test]
fn texts_and_pairs() {
    let pair = &["sentence1", "sentence2"][..];
    for (folder, texts, n_train, n_dev, n_labels) in [
        ("chnsenticorp", &["text"][..], 7565, 1138, 2),
        ("lcqmc", pair, 8802, 2500, 2),
        ("ocnli", pair, 9985, 1475, 3),
        ("xnli", pair, 3990, 750, 3),
        ("thucnews_titles", &["text"][..], 10_000, 2000, 10),
    ] {
        let columns = TextColumns {
            form: TableForm::Tsv,
            label: "label".to_owned(),
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
            left_out: Vec::new(),
        };
        let Some(train) = eval(&format!("{folder}/train.tsv.zst")) else {
            return;
        };
        let (train, labels) = read_training_texts(&train, &columns, None).unwrap();
        let dev = eval(&format!("{folder}/dev.tsv.zst")).unwrap();
        let dev = read_texts(&dev, &columns, &labels).unwrap();
        let counts = (
            train.examples.len(),
            dev.examples.len(),
            labels.names().len(),
        );
        assert_eq!(counts, (n_train, n_dev, n_labels), "{folder}");
    }
}

#[test]
fn tags_of_msra() {
    let Some(train) = eval("msra_ner/train.txt.zst") else {
        return;
    };
    let (sentences, labels) = read_training_tags(&train, None).unwrap();
    assert_eq!(sentences.len(), 20_000);
    let names = ["O", "B-LOC", "B-ORG", "B-PER", "I-LOC", "I-ORG", "I-PER"];
    assert_eq!(labels.names(), names);
    let test = read_tags(&eval("msra_ner/test.txt.zst").unwrap(), &labels).unwrap();
    assert_eq!(test.len(), 2316);
}

#[test]
fn spelling_pairs_of_sighan() {
    let Some(train) = eval("sighan_csc/sighan15_train.tsv.zst") else {
        return;
    };
    let pairs = read_spelling(&train, TableForm::Tsv, "source", "target").unwrap();
    assert_eq!(pairs.len(), 2339);
}

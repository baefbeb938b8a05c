//! Files that cannot be used are refused with file and line, or question.

use finetune::TaskOptions;

use crate::tiny::{Fixture, classification, reviews, spans, spelling, tags};

#[track_caller]
fn check(options: TaskOptions, train: &str, test: &str, expect: &str) {
    let fixture = Fixture::new(options, train, "", test);
    let Err(error) = fixture.try_run("run") else {
        panic!("expected an error with {expect}");
    };
    let text = error.to_string();
    assert!(text.contains(expect), "{text}");
}

#[test]
fn a_label_that_training_lacks() {
    let test = "label\ttext\n1\t天气很好\n2\t天气很坏\n";
    check(
        classification(),
        &reviews(4),
        test,
        "test:3: unknown label `2`; the labels are: 0, 1",
    );
    check(
        tags(),
        "我 O\n王 B-PER\n",
        "我 O\n北 B-LOC\n",
        "test:2: unknown label `B-LOC`",
    );
}

#[test]
fn one_class_only() {
    let train = "label\ttext\n1\t天气很好\n1\t天气\n";
    check(
        classification(),
        train,
        train,
        "train: all examples have the label `1`",
    );
}

#[test]
fn an_empty_label() {
    let train = "label\ttext\n1\t天气很好\n\t天气\n";
    check(
        classification(),
        train,
        train,
        "train:3: the label is empty",
    );
}

#[test]
fn spelling_pairs_of_unequal_lengths() {
    let train = "source\ttarget\n天汽\t天气很好\n";
    check(
        TaskOptions::Spelling(spelling()),
        train,
        train,
        "train:2: source has 2 characters and target has 4",
    );
}

#[test]
fn a_question_that_leaves_no_room_for_its_context() {
    let file = format!(
        r#"{{"data": [{{"paragraphs": [{{"context": "王大在北京", "qas": [{{"id": "q7", "question": "{}",
        "answers": [{{"text": "王大", "answer_start": 0}}]}}]}}]}}]}}"#,
        "谁".repeat(40)
    );
    let options = TaskOptions::Spans(finetune::SpanOptions {
        max_question: None,
        ..spans()
    });
    check(
        options,
        &file,
        &file,
        "train, question q7: a question of 40 pieces",
    );
}

#[test]
fn a_training_file_without_answers_in_contexts() {
    let file = r#"{"data": [{"paragraphs": [{"context": "王大在北京", "qas": [{"id": "q7", "question": "谁",
        "answers": [{"text": "天气", "answer_start": -1}]}]}]}]}"#;
    check(
        TaskOptions::Spans(spans()),
        file,
        file,
        "there is nothing to learn",
    );
}

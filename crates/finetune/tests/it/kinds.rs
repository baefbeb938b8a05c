//! Every kind of task, from its files to its predictions.

use std::fmt::Write as _;

use finetune::{DetectionOptions, TaskOptions};
use serde_json::Value;

use crate::tiny::{Fixture, done, files, spans, spelling, tags};

fn predictions(fixture: &Fixture) -> Value {
    let files = files(&fixture.path("run"));
    serde_json::from_slice(&files["seed-1/predictions.json"]).unwrap()
}

fn config(fixture: &Fixture) -> Value {
    let files = files(&fixture.path("run"));
    serde_json::from_slice(&files["export/config.json"]).unwrap()
}

/// 王 and the character behind it are a person, 北京 is a place.
fn tagged(n: usize) -> String {
    let place = "北 B-LOC\n京 I-LOC\n";
    let mut text = String::new();
    for index in 0..n {
        let name = ["大", "学", "天"][index % 3];
        let _ = writeln!(text, "王 B-PER\n{name} I-PER");
        text.push_str(["在 O\n", "去 O\n"][index % 2]);
        text.push_str(if index % 4 == 3 {
            "公 O\n园 O\n"
        } else {
            place
        });
        text.push('\n');
    }
    text
}

#[test]
fn tags_are_learned_and_written_for_every_character() {
    let fixture = Fixture::new(tags(), &tagged(48), "", &tagged(9));
    let (outcome, _) = done(&fixture.run("run"));
    let scores = &outcome.results.scores;
    assert!(scores["entity_f1"].mean > 95.0, "{scores:?}");
    let first = &predictions(&fixture)[0];
    assert_eq!(first["characters"].as_array().unwrap().len(), 5);
    assert_eq!(first["prediction"], first["tags"]);
    let config = config(&fixture);
    assert_eq!(config["architectures"][0], "BertForTokenClassification");
    assert_eq!(config["id2label"]["0"], "O");
}

#[test]
fn a_sentence_without_pieces_has_the_tag_o() {
    let test = "\u{3000} B-PER\n\u{3000} I-PER\n\n王 B-PER\n大 I-PER\n";
    let fixture = Fixture::new(tags(), &tagged(24), "", test);
    done(&fixture.run("run"));
    let first = &predictions(&fixture)[0];
    assert_eq!(first["prediction"], serde_json::json!(["O", "O"]));
}

/// 天汽 is wrong and 天气 right, 我门 is wrong and 我们 right.
fn pairs(n: usize) -> String {
    let mut text = "source\ttarget\n".to_owned();
    for index in 0..n {
        let (source, target) = [
            ("今天天汽很好", "今天天气很好"),
            ("我门去公园", "我们去公园"),
            ("饭菜很难吃", "饭菜很难吃"),
            ("我们天气", "我们天气"),
        ][index % 4];
        let _ = writeln!(text, "{source}\t{target}");
    }
    text
}

#[track_caller]
fn check_spelling(detection: Option<DetectionOptions>) {
    let options = TaskOptions::Spelling(finetune::SpellingOptions {
        detection,
        ..spelling()
    });
    let fixture = Fixture::new(options, &pairs(64), "", &pairs(8));
    let mut run = fixture.run("run");
    run.training.epochs = 8;
    let (outcome, _) = done(&run);
    let scores = &outcome.results.scores;
    assert!(scores["sentence_correction_f1"].mean > 99.0, "{scores:?}");
    assert!(scores["false_positive_rate"].mean < 1.0, "{scores:?}");
    assert_eq!(predictions(&fixture)[0]["prediction"], "今天天气很好");
    assert_eq!(config(&fixture)["architectures"][0], "BertForMaskedLM");
    let weights = &files(&fixture.path("run"))["export/model.safetensors"];
    let header = String::from_utf8_lossy(&weights[..4000]);
    assert!(!header.contains("detection") && !header.contains("pooler"));
}

#[test]
fn wrong_characters_are_corrected_and_right_ones_stay() {
    check_spelling(None);
}

#[test]
fn a_detection_head_is_trained_and_left_out_of_the_model() {
    check_spelling(Some(DetectionOptions {
        weight: 0.3,
        alpha: 0.75,
        gamma: 2.0,
    }));
}

#[test]
fn what_the_model_does_not_see_stays_as_it_is() {
    let test = "source\ttarget\n𫚭天汽A b\t𫚭天气A b\n\t\n";
    let fixture = Fixture::new(TaskOptions::Spelling(spelling()), &pairs(64), "", test);
    let mut run = fixture.run("run");
    run.training.epochs = 8;
    done(&run);
    let predictions = predictions(&fixture);
    let first = predictions[0]["prediction"].as_str().unwrap();
    assert!(first.starts_with('𫚭') && first.ends_with("A b"), "{first}");
    assert_eq!(predictions[1]["prediction"], "");
}

/// The question asks who is in a place; the answer are the two characters before 在.
fn questions(n: usize, long: usize, answers: &str) -> String {
    let mut paragraphs = Vec::new();
    for index in 0..n {
        let name = ["王大", "王天", "书人"][index % 3];
        let before = "今天天气很好。".repeat(index % (long + 1));
        let context = format!("{before}{name}在北京。");
        let start = before.chars().count();
        let answers = if answers.is_empty() {
            format!(r#"[{{"text": "{name}", "answer_start": {start}}}]"#)
        } else {
            answers.to_owned()
        };
        paragraphs.push(format!(
            r#"{{"context": "{context}", "qas": [{{"id": "q{index}", "question": "谁在北京", "answers": {answers}}}]}}"#
        ));
    }
    format!(
        r#"{{"data": [{{"paragraphs": [{}]}}]}}"#,
        paragraphs.join(", ")
    )
}

#[test]
fn answers_are_found_in_windows() {
    for mask_outside in [false, true] {
        let options = TaskOptions::Spans(finetune::SpanOptions {
            mask_outside,
            best_context: mask_outside,
            ..spans()
        });
        let fixture = Fixture::new(options, &questions(60, 5, ""), "", &questions(12, 6, ""));
        let mut run = fixture.run("run");
        run.training.epochs = 8;
        let (outcome, _) = done(&run);
        let results = outcome.results;
        assert!(results.report.n_inputs > results.report.n_examples);
        assert!(
            results.scores["cmrc_f1"].mean > 90.0,
            "{:?}",
            results.scores
        );
        let predictions = predictions(&fixture);
        assert_eq!(predictions.as_object().unwrap().len(), 12);
        assert_eq!(
            config(&fixture)["architectures"][0],
            "BertForQuestionAnswering"
        );
    }
}

#[test]
fn a_question_whose_answer_is_absent_is_scored_and_not_learned() {
    let absent = r#"[{"text": "39764.0", "answer_start": -1}]"#;
    let mixed = questions(20, 1, "").replace("q3\"", "absent\"");
    let mixed = mixed.replacen(
        r#""answers": [{"text": "王大", "answer_start": 7}]"#,
        &format!(r#""answers": {absent}"#),
        1,
    );
    let options = TaskOptions::Spans(spans());
    let fixture = Fixture::new(options, &mixed, "", &questions(2, 1, absent));
    let mut run = fixture.run("run");
    run.training.epochs = 1;
    let (outcome, _) = done(&run);
    let results = outcome.results;
    let remarks = |report: &finetune::FileReport| {
        let remarks = report.remarks.iter();
        remarks
            .map(|remark| (remark.count, remark.what.clone()))
            .collect::<Vec<_>>()
    };
    let of_train = remarks(&results.train);
    assert!(
        of_train
            .iter()
            .any(|(count, what)| *count == 1 && what.contains("not learned")),
        "{of_train:?}"
    );
    assert_eq!(results.train.n_examples, 19);
    assert_eq!(results.report.n_examples, 2);
    assert!(results.scores["cmrc_exact"].max < 1e-9);
    assert!(remarks(&results.report)[0].1.contains("absent"));
}

#[test]
fn a_context_of_ten_thousand_characters_is_cut_into_windows() {
    let long = questions(1, 0, "").replace(
        "王大在北京",
        &("今天天气很好。".repeat(1500) + "王大在北京"),
    );
    let long = long.replace("\"answer_start\": 0", "\"answer_start\": 10500");
    let fixture = Fixture::new(TaskOptions::Spans(spans()), &questions(9, 1, ""), "", &long);
    let mut run = fixture.run("run");
    run.training.epochs = 1;
    let (outcome, _) = done(&run);
    let report = outcome.results.report;
    assert!(
        report.n_inputs > 500 && report.remarks.is_empty(),
        "{report:?}"
    );
}

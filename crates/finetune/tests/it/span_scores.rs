//! Exact match and F1 are those of the published evaluation programs.

use std::collections::HashMap;

use finetune::{
    SpanScore, cjrc_score, cmrc_score, file_score, letters_and_digits, segments, squad_score,
    without_marks,
};
use serde_json::Value;

use crate::reference::{assert_close, metrics, strings, unpacked};

/// The cases in which a trained model of English sentences, which this crate lacks, cuts off a dot. Only the first has
/// another F1 for it.
const SENTENCE_ENDS: [&str; 2] = ["sentence end inside", "dot after the first of two words"];

fn check_score(case: &Value, found: SpanScore) {
    let name = case["name"].as_str().unwrap_or_default();
    assert_close(found.exact, &case["em"], name);
    assert_close(found.f1, &case["f1"], name);
}

#[test]
fn cmrc_scores_are_those_of_its_program() {
    let Some(metrics) = metrics() else { return };
    let cases = [&metrics["cmrc2018"]["cases"], &metrics["drcd"]["cases"]];
    let mut n_cases = 0;
    for case in cases
        .into_iter()
        .flat_map(|cases| cases.as_array().unwrap())
    {
        n_cases += 1;
        let (answers, name) = (strings(&case["answers"]), case["name"].as_str().unwrap());
        let prediction = case["prediction"].as_str().unwrap();
        let score = cmrc_score(&answers, prediction);
        assert_eq!(
            without_marks(prediction),
            case["prediction_without_punctuation"],
            "{name}"
        );
        assert_close(score.exact, &case["em"], name);
        if name != SENTENCE_ENDS[0] {
            assert_close(score.f1, &case["f1"], name);
        }
        if SENTENCE_ENDS.contains(&name) {
            continue;
        }
        assert_eq!(
            segments(prediction),
            strings(&case["prediction_segments"]),
            "{name}"
        );
        for (answer, expect) in answers
            .iter()
            .zip(case["answer_segments"].as_array().unwrap())
        {
            assert_eq!(segments(answer), strings(expect), "{name}");
        }
    }
    assert_eq!(n_cases, 116 + 16);
}

#[test]
fn questions_without_a_prediction_count_as_wrong() {
    let Some(metrics) = metrics() else { return };
    for file in metrics["cmrc2018"]["files"].as_array().unwrap() {
        let questions = file["questions"].as_array().unwrap().iter();
        // A question without answers stands for a prediction that nobody asked for.
        let asked = questions.filter(|question| !strings(&question["answers"]).is_empty());
        let scores = asked.map(|question| {
            let prediction = question["prediction"].as_str()?;
            Some(cmrc_score(&strings(&question["answers"]), prediction))
        });
        let (found, name) = (file_score(scores), file["name"].as_str().unwrap());
        assert_close(found.exact, &file["em"], name);
        assert_close(found.f1, &file["f1"], name);
        assert_close(found.average(), &file["average"], name);
        assert_eq!(found.n_questions, file["total"], "{name}");
        assert_eq!(found.n_missing, file["skipped"], "{name}");
    }
}

#[test]
fn whole_files_score_as_by_the_program_of_cmrc() {
    let Some(metrics) = metrics() else { return };
    for file in metrics["cmrc2018"]["whole_files"].as_array().unwrap() {
        let text = unpacked(&format!("data/eval/{}", file["file"].as_str().unwrap()));
        let answers = answers_of(&serde_json::from_str(&text).unwrap());
        let name = file["predictions"].as_str().unwrap();
        let rows = unpacked(&format!("reference/metrics/{name}"));
        let scores = rows.lines().map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let answers = &answers[row["id"].as_str().unwrap()];
            let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
            let score = cmrc_score(&answers, row["prediction"].as_str()?);
            assert_close(score.exact, &row["em"], &row.to_string());
            assert_close(score.f1, &row["f1"], &row.to_string());
            Some(score)
        });
        let found = file_score(scores);
        assert_close(found.exact, &file["em"], name);
        assert_close(found.f1, &file["f1"], name);
        assert_eq!(found.n_questions, file["total"], "{name}");
        assert_eq!(found.n_missing, file["skipped"], "{name}");
    }
}

/// The answers of each question of a file in the form of SQuAD.
fn answers_of(data: &Value) -> HashMap<String, Vec<String>> {
    let items = |value: &Value, key: &str| value[key].as_array().unwrap().clone();
    let paragraphs = items(data, "data")
        .into_iter()
        .flat_map(|article| items(&article, "paragraphs"));
    let questions = paragraphs.flat_map(|paragraph| items(&paragraph, "qas"));
    let text = |answer: &Value| answer["text"].as_str().unwrap().to_owned();
    questions
        .map(|question| {
            let answers = items(&question, "answers").iter().map(text).collect();
            (question["id"].as_str().unwrap().to_owned(), answers)
        })
        .collect()
}

#[test]
fn squad_scores_are_those_of_transformers() {
    let Some(metrics) = metrics() else { return };
    for cases in [&metrics["squad_rules"], &metrics["drcd"]["squad_rules"]] {
        for case in cases.as_array().unwrap() {
            let prediction = case["prediction"].as_str().unwrap();
            check_score(case, squad_score(&strings(&case["answers"]), prediction));
        }
    }
}

#[test]
fn cjrc_scores_are_those_of_its_program() {
    let Some(metrics) = metrics() else { return };
    let cases = metrics["cjrc"]["cases"].as_array().unwrap();
    let mut scores = Vec::new();
    for case in cases {
        let prediction = case["prediction"].as_str().unwrap();
        assert_eq!(
            letters_and_digits(prediction),
            case["normalised_prediction"]
        );
        let score = cjrc_score(&strings(&case["answers"]), prediction);
        check_score(case, score);
        scores.push(score);
    }
    assert_eq!(cases.len(), 22);
    // The cases as one file with two domains and two missing predictions.
    let given = (0..)
        .zip(scores)
        .map(|(i, score)| (i, (i != 2 && i != 7).then_some(score)));
    let given: Vec<(usize, Option<SpanScore>)> = given.collect();
    let expect = &metrics["cjrc"]["file"]["scores"];
    for (domain, is_in) in [
        ("criminal", (|i| i % 3 == 0) as fn(usize) -> bool),
        ("civil", |i| i % 3 != 0),
        ("overall", |_| true),
    ] {
        let questions = given.iter().filter(|(i, _)| is_in(*i));
        let found = file_score(questions.map(|(_, score)| *score));
        let printed = |value: f64| format!("{value:.1}").parse::<f64>().unwrap();
        assert_close(printed(found.exact), &expect[domain]["em"], domain);
        assert_close(printed(found.f1), &expect[domain]["f1"], domain);
        assert_eq!(found.n_questions, expect[domain]["qas"], "{domain}");
    }
}

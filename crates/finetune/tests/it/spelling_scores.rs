//! Scores of spelling correction are those of the published programs.

use finetune::{
    Outcomes, Ratio, Ratios, Scores, SentenceLevel, SentenceScores, SpellingSentence,
    character_level_plome, character_level_wang_2019, sentence_level, sighan_2013, sighan_2015,
    spellgcn,
};
use serde_json::Value;

use crate::reference::{assert_close, metrics, strings, unpacked};

/// Every set, with its sentences.
fn sets() -> Vec<(Value, Vec<SpellingSentence>)> {
    let Some(metrics) = metrics() else {
        return Vec::new();
    };
    let sets = metrics["spelling"].as_array().unwrap();
    assert_eq!(sets.len(), 16);
    sets.iter()
        .map(|set| (set.clone(), sentences(set)))
        .collect()
}

fn sentences(set: &Value) -> Vec<SpellingSentence> {
    let Some(file) = set["file"].as_str() else {
        let rows = set["sentences"].as_array().unwrap().iter().map(strings);
        return rows
            .map(|row| SpellingSentence::new(row[0], row[1], row[2]).unwrap())
            .collect();
    };
    let rows = unpacked(&format!("reference/metrics/{file}"));
    let rows = rows.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        SpellingSentence::new(&text("source"), &text("target"), &text("prediction")).unwrap()
    });
    rows.collect()
}

/// A number as the tools print it.
fn printed(value: Option<f64>) -> String {
    let Some(value) = value else {
        return "NaN".to_owned();
    };
    let decimals = format!("{value:.4}");
    decimals
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[track_caller]
fn check_ratio(expect: &Value, found: Ratio) {
    let value = printed(found.value());
    assert_eq!(expect, &serde_json::json!([value, found.hits, found.of]));
}

#[test]
fn bake_off_scores_are_those_of_the_tools() {
    for (set, sentences) in sets() {
        let (expect, found) = (&set["sighan_2015_tool"], sighan_2015(&sentences));
        check_ratio(&expect["false positive rate"], found.false_positive_rate);
        for (level, accuracy, ratios) in [
            ("detection", found.detection_accuracy, found.detection),
            ("correction", found.correction_accuracy, found.correction),
        ] {
            check_ratio(&expect[format!("{level} accuracy")], accuracy);
            check_ratio(&expect[format!("{level} precision")], ratios.precision);
            check_ratio(&expect[format!("{level} recall")], ratios.recall);
            let f1 = &expect[format!("{level} f1-score")][0];
            assert_eq!(f1, &printed(ratios.f1()), "{}", set["name"]);
        }
        let (expect, found) = (&set["sighan_2013_tool_subtask_2"], sighan_2013(&sentences));
        check_ratio(&expect["location accuracy"], found.location_accuracy);
        check_ratio(&expect["correction accuracy"], found.correction_accuracy);
        check_ratio(&expect["correction precision"], found.correction_precision);
    }
}

/// Compares with `{p, r, f1}` in percent.
#[track_caller]
fn check_percent(expect: &Value, found: Ratios) {
    let percent = |value: Option<f64>| 100.0 * value.unwrap_or(0.0);
    assert_close(percent(found.precision.value()), &expect["p"], "p");
    assert_close(percent(found.recall.value()), &expect["r"], "r");
    assert_close(percent(found.f1()), &expect["f1"], "f1");
}

#[test]
fn sentence_level_scores_are_those_of_realise_and_pycorrector() {
    for (set, sentences) in sets() {
        let without_de: Vec<SpellingSentence> =
            sentences.iter().map(SpellingSentence::without_de).collect();
        let level: SentenceLevel = sentence_level(&sentences);
        check_level(&set["sentence_level"], &level);
        check_level(
            &set["sentence_level_without_de"],
            &sentence_level(&without_de),
        );
        // pycorrector has the precision of the bake-off's tool.
        let (expect, found) = (&set["sentence_level_pycorrector"], sighan_2015(&sentences));
        let or_zero = |value: Option<f64>| value.unwrap_or(0.0);
        assert_close(
            or_zero(found.correction_accuracy.value()),
            &expect["acc"],
            "acc",
        );
        assert_close(
            or_zero(found.correction.precision.value()),
            &expect["p"],
            "p",
        );
        assert_close(or_zero(found.correction.recall.value()), &expect["r"], "r");
        assert_close(found.correction.f1_or_zero(), &expect["f1"], "f1");
    }
}

#[track_caller]
fn check_level(expect: &Value, found: &SentenceLevel) {
    for (key, found) in [
        ("detection", found.detection),
        ("correction", found.correction),
    ] {
        let SentenceScores { accuracy, ratios } = found;
        if expect[key].is_null() {
            // The program divides by zero and stops.
            assert!(ratios.precision.of == 0 || ratios.recall.of == 0);
        } else {
            assert_close(
                100.0 * accuracy.value().unwrap(),
                &expect[key]["acc"],
                "acc",
            );
            check_percent(&expect[key], ratios);
        }
    }
}

#[test]
fn character_level_scores_are_those_of_wang_and_plome() {
    for (set, sentences) in sets() {
        let found = character_level_wang_2019(&sentences);
        check_percent(
            &set["character_level_wang_2019"]["detection"],
            found.detection,
        );
        check_percent(
            &set["character_level_wang_2019"]["correction"],
            found.correction,
        );
        let (expect, found) = (
            &set["character_level_plome"],
            character_level_plome(&sentences),
        );
        check_prf(&expect["detection"], found.detection);
        let printed = found.correction.map(|value| (1e3 * value).round() / 1e3);
        check_prf(&expect["correction_printed"], printed);
    }
}

#[track_caller]
fn check_prf(expect: &Value, found: [f64; 3]) {
    for (key, found) in ["p", "r", "f1"].iter().zip(found) {
        assert_close(found, &expect[key], key);
    }
}

#[test]
fn spellgcn_scores_are_those_of_its_program() {
    for (set, sentences) in sets() {
        let (expect, found) = (&set["spellgcn"], spellgcn(&sentences));
        for (key, found) in [
            ("detect", found.detection_counts),
            ("correct", found.correction_counts),
            ("dc", found.joint_counts),
        ] {
            let Outcomes {
                true_positives,
                false_positives,
                false_negatives,
            } = found;
            let counts = serde_json::json!([true_positives, false_positives, false_negatives]);
            assert_eq!(expect["character_counts"][key], counts, "{}", set["name"]);
        }
        // The program stops at its first division by zero, and reports nothing after it.
        let all_positions_found = character_level_wang_2019(&sentences)
            .correction
            .precision
            .of;
        let character = &expect["character"];
        check_unless_stopped(&character["detection"], found.detection(), false);
        check_unless_stopped(&character["correction"], found.correction(), false);
        check_unless_stopped(
            &character["joint"],
            found.joint(),
            found.correction().is_none(),
        );
        let has_stopped = all_positions_found == 0;
        let sentence = &expect["sentence"];
        check_unless_stopped(
            &sentence["detection"],
            found.sentence_detection,
            has_stopped,
        );
        check_unless_stopped(
            &sentence["correction"],
            found.sentence_correction,
            has_stopped,
        );
    }
}

#[track_caller]
fn check_unless_stopped(expect: &Value, found: Scores, has_stopped: bool) {
    if has_stopped || expect.is_null() {
        assert!(expect.is_null() && (has_stopped || found.is_none()));
    } else {
        check_prf(expect, found.unwrap());
    }
}

#[test]
fn unequal_lengths_are_refused() {
    let error = SpellingSentence::new("我门走", "我们走", "我们走。").unwrap_err();
    let expect = "source, target and prediction have 3, 3 and 4 characters; expected equal lengths";
    assert_eq!(error.to_string(), expect);
}

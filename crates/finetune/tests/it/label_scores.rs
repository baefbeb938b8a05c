//! Scores of labels are those of scikit-learn, and scores of entities those of seqeval.

use finetune::{ClassCounts, EntityCounts, EntityRule, entities};
use serde_json::Value;

use crate::reference::{assert_close, metrics, strings};

#[test]
fn class_scores_are_those_of_scikit_learn() {
    let Some(metrics) = metrics() else { return };
    let cases = metrics["classes"].as_array().unwrap();
    for case in cases {
        let labels = |key: &str| -> Vec<usize> {
            let labels = case[key].as_array().unwrap().iter();
            labels
                .map(|label| label.as_u64().unwrap() as usize)
                .collect()
        };
        let name = case["name"].as_str().unwrap();
        let counts = ClassCounts::of(&labels("gold"), &labels("predicted"));
        assert_close(counts.accuracy(), &case["accuracy"], name);
        assert_close(counts.matthews(), &case["matthews"], name);
        assert_close(counts.macro_f1(), &case["macro_f1"], name);
        assert_close(counts.micro_f1(), &case["micro_f1"], name);
        if case.get("f1_of_class_1").is_some() {
            let class = counts.class(1);
            assert_close(class.f1, &case["f1_of_class_1"], name);
            assert_close(class.precision, &case["precision_of_class_1"], name);
            assert_close(class.recall, &case["recall_of_class_1"], name);
        }
    }
    assert_eq!(cases.len(), 14);
}

#[test]
fn entity_scores_are_those_of_seqeval() {
    let Some(metrics) = metrics() else { return };
    let cases = metrics["entities"].as_array().unwrap();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let sentences = |key: &str| -> Vec<Vec<&str>> {
            case[key].as_array().unwrap().iter().map(strings).collect()
        };
        let (gold, predicted) = (sentences("gold"), sentences("predicted"));
        for (key, rule) in [
            ("strict", EntityRule::Strict),
            ("lenient", EntityRule::Lenient),
        ] {
            let mut counts = EntityCounts::default();
            for (gold, predicted) in gold.iter().zip(&predicted) {
                counts.add(gold, predicted, rule);
            }
            let (found, expect) = (counts.scores(), &case[key]);
            assert_close(found.precision, &expect["p"], name);
            assert_close(found.recall, &expect["r"], name);
            assert_close(found.f1, &expect["f1"], name);
        }
        for (key, sentences) in [("gold", &gold), ("predicted", &predicted)] {
            let expect = &case["entities_lenient"][key];
            assert_eq!(&through_the_sentences(sentences), expect, "{name}");
        }
    }
    assert_eq!(cases.len(), 15);
}

/// The entities of all sentences, with positions that count on with one `O` between two sentences.
fn through_the_sentences(sentences: &[Vec<&str>]) -> Value {
    let (mut all, mut offset) = (Vec::new(), 0);
    for tags in sentences {
        for entity in entities(tags, EntityRule::Lenient) {
            let (first, last) = (entity.first + offset, entity.last + offset);
            all.push(serde_json::json!([entity.kind, first, last]));
        }
        offset += tags.len() + 1;
    }
    Value::Array(all)
}

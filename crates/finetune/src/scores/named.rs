//! The scores of a task by their names, in percent: what tables, configs and `results.json` call them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::scores::cjrc::cjrc_score;
use crate::scores::classes::ClassCounts;
use crate::scores::cmrc::cmrc_score;
use crate::scores::entities::{EntityCounts, EntityRule};
use crate::scores::span_score::{FileScore, SpanScore, file_score};
use crate::scores::squad::squad_score;

/// The scores of a file in percent, by name.
pub type NamedScores = BTreeMap<String, f64>;

/// What a score is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreInfo {
    /// Its name in configs and `results.json`.
    pub name: &'static str,
    /// The rule, and who uses it.
    pub about: &'static str,
    /// Whether a higher value is better. Only such scores can select an epoch.
    pub is_higher_better: bool,
}

/// The rules of a score of span extraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanRule {
    /// The program of CMRC 2018. MacBERT's authors score DRCD with it too.
    Cmrc,
    /// The rules of SQuAD, which DRCD names.
    Squad,
    /// The program of CJRC.
    Cjrc,
}

/// Makes the entry of a score of which a higher value is better.
pub(crate) const fn score(name: &'static str, about: &'static str) -> ScoreInfo {
    ScoreInfo {
        name,
        about,
        is_higher_better: true,
    }
}

/// The scores of classification.
pub(crate) const CLASSIFICATION: [ScoreInfo; 3] = [
    score("accuracy", "share of right labels; all tables of MacBERT"),
    score("macro_f1", "mean of F1 over the labels, as scikit-learn"),
    score(
        "matthews",
        "Matthews' correlation × 100, as scikit-learn; GLUE's CoLA",
    ),
];

/// The scores of span extraction, by rule.
const CMRC: [ScoreInfo; 3] = [
    score(
        "cmrc_exact",
        "EM of CMRC 2018's program; MacBERT's authors use it for DRCD too",
    ),
    score(
        "cmrc_f1",
        "F1 of CMRC 2018's program, by characters; MacBERT's authors use it for DRCD too",
    ),
    score("cmrc_average", "mean of the two; CMRC 2018's leaderboard"),
];
const SQUAD: [ScoreInfo; 2] = [
    score("squad_exact", "EM by SQuAD's rules, which DRCD names"),
    score(
        "squad_f1",
        "F1 by SQuAD's rules, which DRCD names: a Chinese answer is one word",
    ),
];
const CJRC: [ScoreInfo; 2] = [
    score("cjrc_exact", "EM of CJRC's program"),
    score("cjrc_f1", "F1 of CJRC's program"),
];

/// The scores of tags.
pub(crate) const TAGS: [ScoreInfo; 5] = [
    score(
        "entity_f1",
        "F1 of entities, strict (IOB2), as seqeval's strict mode",
    ),
    score("entity_precision", "precision of entities, strict (IOB2)"),
    score("entity_recall", "recall of entities, strict (IOB2)"),
    score(
        "entity_f1_conlleval",
        "F1 of entities by conlleval, to which a lone I-X begins an entity",
    ),
    score("tag_accuracy", "share of right tags"),
];

/// The scores of span extraction by the given rules.
pub(crate) fn of_rules(rules: &[SpanRule]) -> Vec<ScoreInfo> {
    let of = |rule: &SpanRule| match rule {
        SpanRule::Cmrc => CMRC.to_vec(),
        SpanRule::Squad => SQUAD.to_vec(),
        SpanRule::Cjrc => CJRC.to_vec(),
    };
    rules.iter().flat_map(of).collect()
}

/// Pairs the names of scores with their values.
pub(crate) fn with_names(infos: &[ScoreInfo], values: &[f64]) -> NamedScores {
    assert_eq!(infos.len(), values.len(), "one value per score");
    let names = infos.iter().map(|info| info.name.to_owned());
    names.zip(values.iter().copied()).collect()
}

/// Scores predicted labels.
pub(crate) fn classification(gold: &[usize], predicted: &[usize]) -> NamedScores {
    let counts = ClassCounts::of(gold, predicted);
    let values = [counts.accuracy(), counts.macro_f1(), counts.matthews()];
    with_names(&CLASSIFICATION, &values.map(|value| 100.0 * value))
}

/// Scores predicted answers: the answers of each question, and the prediction.
pub(crate) fn spans(questions: &[(Vec<&str>, &str)], rules: &[SpanRule]) -> NamedScores {
    let by = |score: fn(&[&str], &str) -> SpanScore| -> FileScore {
        file_score(
            questions
                .iter()
                .map(|(answers, found)| Some(score(answers, found))),
        )
    };
    let values = rules.iter().flat_map(|rule| match rule {
        SpanRule::Cmrc => {
            let file = by(cmrc_score);
            vec![file.exact, file.f1, file.average()]
        }
        SpanRule::Squad => {
            let file = by(squad_score);
            vec![file.exact, file.f1]
        }
        SpanRule::Cjrc => {
            let file = by(cjrc_score);
            vec![file.exact, file.f1]
        }
    });
    with_names(&of_rules(rules), &values.collect::<Vec<f64>>())
}

/// Scores predicted tags: the gold tags of each sentence, and the predicted ones.
pub(crate) fn tags(sentences: &[(Vec<&str>, Vec<&str>)]) -> NamedScores {
    let by = |rule| {
        let mut counts = EntityCounts::default();
        for (gold, predicted) in sentences {
            counts.add(gold, predicted, rule);
        }
        counts.scores()
    };
    let (strict, lenient) = (by(EntityRule::Strict), by(EntityRule::Lenient));
    let pairs = || {
        sentences
            .iter()
            .flat_map(|(gold, found)| gold.iter().zip(found))
    };
    let n_right = pairs().filter(|(gold, found)| gold == found).count();
    let values = [
        strict.f1,
        strict.precision,
        strict.recall,
        lenient.f1,
        n_right as f64 / pairs().count().max(1) as f64,
    ];
    with_names(&TAGS, &values.map(|value| 100.0 * value))
}

//! The scores of spelling correction by their names, in percent.

use crate::scores::named::{NamedScores, ScoreInfo, score, with_names};
use crate::scores::spelling::bake_off::sighan_2015;
use crate::scores::spelling::character::{character_level_plome, character_level_wang_2019};
use crate::scores::spelling::ratio::{Ratio, Ratios};
use crate::scores::spelling::sentence::SpellingSentence;
use crate::scores::spelling::sentence_level::sentence_level;
use crate::scores::spelling::spellgcn::spellgcn;

/// The scores of spelling correction.
pub(crate) const SPELLING: [ScoreInfo; 23] = [
    score(
        "sentence_correction_f1",
        "sentences that are corrected; the rule of most papers since 2020 (ReaLiSe, CCL 2022)",
    ),
    score("sentence_correction_precision", "the same rule"),
    score("sentence_correction_recall", "the same rule"),
    score(
        "sentence_detection_f1",
        "sentences whose wrong positions are found; the rule of most papers since 2020",
    ),
    score("sentence_detection_precision", "the same rule"),
    score("sentence_detection_recall", "the same rule"),
    score(
        "sentence_correction_accuracy",
        "sentences that equal their target, among all; the rule of most papers since 2020",
    ),
    score(
        "sighan2015_correction_f1",
        "corrected sentences by the tool of SIGHAN 2015, whose precision ignores wrong corrections; pycorrector",
    ),
    score("sighan2015_correction_precision", "the same tool"),
    score("sighan2015_correction_recall", "the same tool"),
    score(
        "sighan2015_detection_f1",
        "detected sentences by the tool of SIGHAN 2015",
    ),
    score("sighan2015_detection_precision", "the same tool"),
    score("sighan2015_detection_recall", "the same tool"),
    score(
        "character_correction_f1",
        "characters by the rule of Wang et al. 2019, where precision is of detected positions only",
    ),
    score("character_correction_precision", "the same rule"),
    score("character_correction_recall", "the same rule"),
    score(
        "character_detection_f1",
        "positions by the rule of Wang et al. 2019",
    ),
    score("character_detection_precision", "the same rule"),
    score("character_detection_recall", "the same rule"),
    score(
        "spellgcn_correction_f1",
        "characters by the program of SpellGCN; 0 where it divides by zero",
    ),
    score("plome_correction_f1", "characters by the program of PLOME"),
    score("plome_detection_f1", "positions by the program of PLOME"),
    ScoreInfo {
        name: "false_positive_rate",
        about: "changed sentences among those without errors; the tool of SIGHAN 2015",
        is_higher_better: false,
    },
];

/// Scores corrected sentences.
pub(crate) fn spelling(sentences: &[SpellingSentence]) -> NamedScores {
    let level = sentence_level(sentences);
    let tool = sighan_2015(sentences);
    let characters = character_level_wang_2019(sentences);
    let plome = character_level_plome(sentences);
    let spellgcn = spellgcn(sentences).correction().map_or(0.0, |[.., f1]| f1);
    let mut values = Vec::with_capacity(SPELLING.len());
    values.extend(three(level.correction.ratios));
    values.extend(three(level.detection.ratios));
    values.push(or_zero(level.correction.accuracy));
    for ratios in [
        tool.correction,
        tool.detection,
        characters.correction,
        characters.detection,
    ] {
        values.extend(three(ratios));
    }
    values.push(spellgcn);
    values.extend([plome.correction[2], plome.detection[2]]);
    values.push(or_zero(tool.false_positive_rate));
    let percent: Vec<f64> = values.iter().map(|value| 100.0 * value).collect();
    with_names(&SPELLING, &percent)
}

/// F1, precision and recall.
fn three(ratios: Ratios) -> [f64; 3] {
    [
        ratios.f1_or_zero(),
        or_zero(ratios.precision),
        or_zero(ratios.recall),
    ]
}

/// The value, with 0 for 0 ÷ 0.
fn or_zero(ratio: Ratio) -> f64 {
    ratio.value().unwrap_or(0.0)
}

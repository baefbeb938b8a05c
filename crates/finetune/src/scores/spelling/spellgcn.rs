//! The scores of SpellGCN's program, by position and by sentence.

use serde::Serialize;

use crate::scores::spelling::character::Positions;
use crate::scores::spelling::sentence::SpellingSentence;
use crate::scores::spelling::sentence_level::sentence_level;

/// What the program adds to denominators, so that they are not 0: a perfect F1 is 0.999999995.
const ADDED: f64 = 1e-8;

/// True positives, false positives and false negatives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcomes {
    /// Hits.
    pub true_positives: u64,
    /// Predicted and wrong.
    pub false_positives: u64,
    /// Gold and not hit.
    pub false_negatives: u64,
}

/// Precision, recall and F1. `None` where the program divides by zero and stops.
pub type Scores = Option<[f64; 3]>;

/// The scores of SpellGCN's program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SpellGcn {
    /// Positions of sentences with errors. A sentence in which nothing is predicted counts as one false positive besides its
    /// misses.
    pub detection_counts: Outcomes,
    /// Right characters among positions that are gold and predicted.
    pub correction_counts: Outcomes,
    /// Right characters among all predicted positions.
    pub joint_counts: Outcomes,
    /// Sentence-level detection.
    pub sentence_detection: Scores,
    /// Sentence-level correction.
    pub sentence_correction: Scores,
}

impl SpellGcn {
    /// Returns character-level detection.
    pub fn detection(&self) -> Scores {
        self.detection_counts.scores(0.0)
    }

    /// Returns character-level correction: of the positions that are gold and predicted.
    pub fn correction(&self) -> Scores {
        self.correction_counts.scores(0.0)
    }

    /// Returns character-level correction of all predicted positions.
    pub fn joint(&self) -> Scores {
        self.joint_counts.scores(ADDED)
    }
}

impl Outcomes {
    fn scores(&self, added: f64) -> Scores {
        let hits = self.true_positives as f64;
        let predicted = hits + self.false_positives as f64 + added;
        let gold = hits + self.false_negatives as f64 + added;
        (predicted > 0.0 && gold > 0.0).then(|| with_f1(hits / predicted, hits / gold))
    }
}

fn with_f1(precision: f64, recall: f64) -> [f64; 3] {
    let f1 = 2.0 * precision * recall / (precision + recall + ADDED);
    [precision, recall, f1]
}

/// Scores sentences as SpellGCN's program: character level over those with errors, sentence level over all.
pub fn spellgcn(sentences: &[SpellingSentence]) -> SpellGcn {
    let with_error = || sentences.iter().filter(|sentence| sentence.has_error());
    let counts = Positions::of(with_error());
    let silent = with_error()
        .filter(|sentence| !sentence.is_predicted())
        .count() as u64;
    let level = sentence_level(sentences);
    let [sentence_detection, sentence_correction] =
        [level.detection, level.correction].map(|side| {
            let ratios = side.ratios;
            Some(with_f1(ratios.precision.value()?, ratios.recall.value()?))
        });
    SpellGcn {
        detection_counts: Outcomes {
            true_positives: counts.found,
            false_positives: counts.predicted - counts.found + silent,
            false_negatives: counts.gold - counts.found,
        },
        correction_counts: Outcomes {
            true_positives: counts.right,
            false_positives: counts.found - counts.right,
            false_negatives: counts.gold - counts.right,
        },
        joint_counts: Outcomes {
            true_positives: counts.right,
            false_positives: counts.predicted - counts.right,
            false_negatives: counts.gold - counts.right,
        },
        sentence_detection,
        sentence_correction,
    }
}

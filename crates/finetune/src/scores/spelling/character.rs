//! Character-level scores: positions are counted, not sentences.

use serde::Serialize;

use crate::scores::spelling::ratio::{Ratio, Ratios};
use crate::scores::spelling::sentence::SpellingSentence;

/// What PLOME adds to each denominator.
const PLOME_ADDED: f64 = 0.001;
/// What PLOME adds to the denominator of F1.
const PLOME_ADDED_F1: f64 = 1e-13;

/// Character-level scores of Wang et al. 2019, which CCL 2022 and pycorrector use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CharacterLevel {
    /// Positions that are gold and predicted, among predicted ones and among gold ones.
    pub detection: Ratios,
    /// Positions with the right character. Precision counts only positions that are gold and predicted, so a false alarm
    /// does not lower it. Recall leaves out sentences without such a position.
    pub correction: Ratios,
}

/// Character-level scores of PLOME: precision, recall and F1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Plome {
    /// Scores of detection.
    pub detection: [f64; 3],
    /// Scores of correction. The program prints them with three decimals.
    pub correction: [f64; 3],
}

/// Counts of positions over sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Positions {
    pub(crate) gold: u64,
    pub(crate) predicted: u64,
    /// Gold and predicted.
    pub(crate) found: u64,
    /// Found, and the predicted character is the target's.
    pub(crate) right: u64,
}

impl Positions {
    pub(crate) fn of<'s>(sentences: impl IntoIterator<Item = &'s SpellingSentence>) -> Self {
        let mut counts = Self::default();
        for sentence in sentences {
            counts.gold += sentence.gold().len() as u64;
            counts.predicted += sentence.n_predicted();
            counts.found += sentence.found().count() as u64;
            let right = sentence.found().filter(|(target, found)| target == found);
            counts.right += right.count() as u64;
        }
        counts
    }
}

/// Computes the character-level scores of Wang et al. 2019.
pub fn character_level_wang_2019(sentences: &[SpellingSentence]) -> CharacterLevel {
    let counts = Positions::of(sentences);
    let missed: u64 = sentences.iter().map(n_characters_missed).sum();
    CharacterLevel {
        detection: Ratios {
            precision: Ratio::new(counts.found, counts.predicted),
            recall: Ratio::new(counts.found, counts.gold),
        },
        correction: Ratios {
            precision: Ratio::new(counts.right, counts.found),
            recall: Ratio::new(counts.right, counts.right + missed),
        },
    }
}

/// Counts the gold positions whose character is predicted at no gold position of the sentence. A sentence without found
/// positions has none.
fn n_characters_missed(sentence: &SpellingSentence) -> u64 {
    let predicted: Vec<char> = sentence.found().map(|(_, predicted)| predicted).collect();
    if predicted.is_empty() {
        return 0;
    }
    let missed = sentence
        .gold()
        .iter()
        .filter(|(_, c)| !predicted.contains(c));
    missed.count() as u64
}

/// Computes the character-level scores of PLOME.
pub fn character_level_plome(sentences: &[SpellingSentence]) -> Plome {
    let counts = Positions::of(sentences);
    let prf = |hits: u64, of_precision: u64| {
        let share = |of: u64| hits as f64 / (of as f64 + PLOME_ADDED);
        let (precision, recall) = (share(of_precision), share(counts.gold));
        let f1 = 2.0 * precision * recall / (precision + recall + PLOME_ADDED_F1);
        [precision, recall, f1]
    };
    Plome {
        detection: prf(counts.found, counts.predicted),
        correction: prf(counts.right, counts.found),
    }
}

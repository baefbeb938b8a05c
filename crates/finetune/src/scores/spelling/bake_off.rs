//! The scores of the SIGHAN bake-offs' own tools, by sentence.

use serde::Serialize;

use crate::scores::spelling::ratio::{Ratio, Ratios};
use crate::scores::spelling::sentence::SpellingSentence;

/// The scores of the tool of SIGHAN 2015, which equal those of the tool of 2014.
///
/// Precision has sentences *without* errors as its only false positives. A sentence with errors whose prediction is wrong does not
/// lower it, so it is higher than [`crate::SentenceLevel`]'s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sighan2015 {
    /// Predicted sentences among those without errors.
    pub false_positive_rate: Ratio,
    /// Sentences that are detected or rightly left alone, among all.
    pub detection_accuracy: Ratio,
    /// Precision and recall of detection.
    pub detection: Ratios,
    /// Sentences that are corrected or rightly left alone, among all.
    pub correction_accuracy: Ratio,
    /// Precision and recall of correction.
    pub correction: Ratios,
}

/// The scores of the tool of SIGHAN 2013, for its second subtask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sighan2013 {
    /// Detected sentences among those with errors.
    pub location_accuracy: Ratio,
    /// Corrected sentences among those with errors.
    pub correction_accuracy: Ratio,
    /// Corrected sentences among the predicted ones.
    pub correction_precision: Ratio,
}

/// Scores sentences as the tool of SIGHAN 2015.
pub fn sighan_2015(sentences: &[SpellingSentence]) -> Sighan2015 {
    let count = |is: fn(&SpellingSentence) -> bool| count(sentences, is);
    let n = sentences.len() as u64;
    let with_error = count(SpellingSentence::has_error);
    let alone = count(SpellingSentence::is_left_alone);
    let alarms = n - with_error - alone;
    let ratios = |hits| Ratios {
        precision: Ratio::new(hits, hits + alarms),
        recall: Ratio::new(hits, with_error),
    };
    let detected = count(SpellingSentence::is_detected);
    let corrected = count(SpellingSentence::is_corrected);
    Sighan2015 {
        false_positive_rate: Ratio::new(alarms, n - with_error),
        detection_accuracy: Ratio::new(detected + alone, n),
        detection: ratios(detected),
        correction_accuracy: Ratio::new(corrected + alone, n),
        correction: ratios(corrected),
    }
}

/// Scores sentences as the tool of SIGHAN 2013.
pub fn sighan_2013(sentences: &[SpellingSentence]) -> Sighan2013 {
    let with_error = count(sentences, SpellingSentence::has_error);
    let corrected = count(sentences, SpellingSentence::is_corrected);
    Sighan2013 {
        location_accuracy: Ratio::new(count(sentences, SpellingSentence::is_detected), with_error),
        correction_accuracy: Ratio::new(corrected, with_error),
        correction_precision: Ratio::new(
            corrected,
            count(sentences, SpellingSentence::is_predicted),
        ),
    }
}

fn count(sentences: &[SpellingSentence], is: fn(&SpellingSentence) -> bool) -> u64 {
    sentences.iter().filter(|sentence| is(sentence)).count() as u64
}

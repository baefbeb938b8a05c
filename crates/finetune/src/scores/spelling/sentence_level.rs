//! Sentence-level scores by the rule of most papers since 2020: ReaLiSe, CCL 2022, and SpellGCN's `sentence`.

use serde::Serialize;

use crate::scores::spelling::ratio::{Ratio, Ratios};
use crate::scores::spelling::sentence::SpellingSentence;

/// Sentence-level scores of detection and correction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SentenceLevel {
    /// Sentences whose gold positions are all predicted, and no others.
    pub detection: SentenceScores,
    /// Sentences whose prediction is the target.
    pub correction: SentenceScores,
}

/// The scores of one side of [`SentenceLevel`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SentenceScores {
    /// Hits and sentences that are rightly left alone, among all.
    pub accuracy: Ratio,
    /// Hits among predicted sentences, and among sentences with errors.
    pub ratios: Ratios,
}

/// Computes sentence-level scores. Every predicted sentence that is no hit lowers precision.
pub fn sentence_level(sentences: &[SpellingSentence]) -> SentenceLevel {
    SentenceLevel {
        detection: scores(sentences, SpellingSentence::is_detected),
        correction: scores(sentences, SpellingSentence::is_corrected),
    }
}

fn scores(sentences: &[SpellingSentence], is_hit: fn(&SpellingSentence) -> bool) -> SentenceScores {
    let count = |is: fn(&SpellingSentence) -> bool| {
        sentences.iter().filter(|sentence| is(sentence)).count() as u64
    };
    let hits = count(is_hit);
    let alone = count(SpellingSentence::is_left_alone);
    SentenceScores {
        accuracy: Ratio::new(hits + alone, sentences.len() as u64),
        ratios: Ratios {
            precision: Ratio::new(hits, count(SpellingSentence::is_predicted)),
            recall: Ratio::new(hits, count(SpellingSentence::has_error)),
        },
    }
}

//! What became of entries: counts by reason.

use std::collections::BTreeMap;
use std::fmt;

/// Why a candidate was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// The vocabulary cannot write the word or the candidate without `[UNK]`.
    Unknown,
    /// The candidate has another number of pieces (method §2.5).
    OtherLength,
    /// The candidate is the word itself after normalisation (method §8.8).
    Same,
    /// The candidate is written with other characters (Han, Latin, numbers, punctuation).
    OtherClass,
    /// The score is below the least.
    LowScore,
    /// The same candidate stands there with a higher score.
    Repeated,
    /// The word has enough better ones.
    BeyondTopK,
    /// The candidate is an opposite of the word, by the list of antonyms or by its characters.
    Antonym,
    /// The candidate is another part of speech.
    OtherTag,
    /// The thesaurus has the word, and the candidate in none of its groups.
    NotInThesaurus,
}

impl DropReason {
    /// The reason in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "not in the vocabulary",
            Self::OtherLength => "other number of pieces",
            Self::Same => "the word itself after normalisation",
            Self::OtherClass => "other kind of characters",
            Self::LowScore => "score below the least",
            Self::Repeated => "there twice",
            Self::BeyondTopK => "beyond the best",
            Self::Antonym => "an opposite",
            Self::OtherTag => "another part of speech",
            Self::NotInThesaurus => "not in the word's groups of the thesaurus",
        }
    }
}

/// What became of the entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompileReport {
    /// Words of the table, candidates included.
    pub n_words: usize,
    /// Words with a candidate.
    pub n_heads: usize,
    /// Candidates kept.
    pub n_candidates: usize,
    /// Entries dropped, by reason.
    pub dropped: BTreeMap<DropReason, usize>,
}

impl CompileReport {
    /// Counts entries that were dropped.
    pub fn count(&mut self, reason: DropReason, n: usize) {
        *self.dropped.entry(reason).or_default() += n;
    }
}

impl fmt::Display for CompileReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            n_words,
            n_heads,
            n_candidates,
            dropped,
        } = self;
        write!(
            out,
            "{n_words} words, {n_heads} with similar words, {n_candidates} candidates"
        )?;
        for (reason, count) in dropped {
            write!(out, "; dropped {count}: {}", reason.words())?;
        }
        Ok(())
    }
}

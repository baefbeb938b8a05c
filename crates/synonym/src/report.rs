//! The report of a compilation: how many entries were kept, and how many were dropped for which reason.

use std::collections::BTreeMap;
use std::fmt;

/// Why a candidate was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// The pieces of the word or of the candidate contain `[UNK]`.
    Unknown,
    /// The candidate has another number of pieces (method §2.5).
    OtherLength,
    /// The candidate equals the word after normalisation (method §8.8).
    Same,
    /// The candidate has another class of characters, see [`WordClass`](crate::WordClass).
    OtherClass,
    /// The score is below [`CompileOptions::min_score`](crate::CompileOptions::min_score).
    LowScore,
    /// The same candidate occurs with a higher score.
    Repeated,
    /// The word has [`CompileOptions::top_k`](crate::CompileOptions::top_k) better candidates.
    BeyondTopK,
    /// The candidate is an opposite of the word, by the list of antonyms or by its characters.
    Antonym,
    /// The candidate is another part of speech.
    OtherTag,
    /// The thesaurus contains the word, but the candidate is in none of the word's groups.
    NotInThesaurus,
}

impl DropReason {
    /// The reason as a short phrase.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "not in the vocabulary",
            Self::OtherLength => "another number of pieces",
            Self::Same => "equal to the word after normalisation",
            Self::OtherClass => "another kind of characters",
            Self::LowScore => "score below min_score",
            Self::Repeated => "listed twice",
            Self::BeyondTopK => "beyond top_k",
            Self::Antonym => "an opposite of the word",
            Self::OtherTag => "another part of speech",
            Self::NotInThesaurus => "in no thesaurus group of the word",
        }
    }
}

/// How many entries were kept and dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompileReport {
    /// Words of the table, including those that occur only as candidates.
    pub n_words: usize,
    /// Words with at least one candidate.
    pub n_heads: usize,
    /// Candidates kept.
    pub n_candidates: usize,
    /// Entries dropped, by reason.
    pub dropped: BTreeMap<DropReason, usize>,
}

impl CompileReport {
    /// Counts `n` dropped entries.
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

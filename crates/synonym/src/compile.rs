//! Compiles entries into a table: keeps the candidates that the vocabulary and the method allow.

use std::collections::{BTreeMap, HashMap, HashSet};

use repro::{SplitMix64, sha256_hex};
use segment::{PieceId, PieceTokenizer, Vocabulary};
use serde::{Deserialize, Serialize};

use crate::class::WordClass;
use crate::format::{Draws, TableBytes};
use crate::format::{TableCandidate, TableWord};
use crate::frequencies::Frequencies;
use crate::list::Entry;
use crate::report::{CompileReport, DropReason};
use crate::spread::{Candidate, Ranked, spread};
use crate::word_ids::WordIds;

/// How the candidates of a word are weighted when one is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// All candidates have the same weight. The paper does not mention weights.
    #[default]
    Uniform,
    /// The weight is the score: more similar words are drawn more often.
    Similarity,
    /// The weight is the ratio of the two words' frequencies. A similar word that is as frequent as the original is
    /// harder to notice \[P\].
    Frequency,
    /// The weight is the fourth column of the list.
    Listed,
}

impl Weights {
    /// The weight of a candidate; above 0.
    fn of(self, entry: &Entry) -> f32 {
        match self {
            Self::Uniform => 1.0,
            Self::Similarity => entry.score.max(LEAST_WEIGHT),
            Self::Frequency | Self::Listed => entry.weight.max(LEAST_WEIGHT),
        }
    }
}

/// The least weight, so that every candidate in the table can be drawn.
const LEAST_WEIGHT: f32 = 1e-6;

/// Decides which candidates are kept, and how they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileOptions {
    /// The most candidates of a word.
    pub top_k: usize,
    /// The least score of a candidate.
    pub min_score: f32,
    /// How candidates are weighted when one is drawn.
    pub weights: Weights,
    /// How often a corpus has each word, for random words of similar frequency. `also` names it by its hash.
    pub frequencies: Option<Frequencies>,
    /// Describes what else decided the entries, such as filters and ranking. It is part of the options' hash.
    pub also: String,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            top_k: 10,
            min_score: f32::NEG_INFINITY,
            weights: Weights::Uniform,
            frequencies: None,
            also: String::new(),
        }
    }
}

/// A compiled table and a report of the entries that it was made from.
pub struct Compiled {
    /// The table.
    pub table: TableBytes,
    /// How many entries were kept, and how many were dropped for which reason.
    pub report: CompileReport,
}

/// The seed of the order among candidates that tie.
const TIE_SEED: u64 = 0x7469_6573;

/// A word of the table that is being compiled.
struct Word {
    text: String,
    /// How often a corpus has it, in its commonest spelling.
    count: u64,
    candidates: Vec<Candidate>,
}

/// Words by (number of pieces, ids), which is their order in the table.
type Words = BTreeMap<(usize, Vec<PieceId>), Word>;

/// Compiles entries into a table for a vocabulary.
///
/// A word is its id sequence. Two spellings with the same ids are one word, and the table shows the spelling that sorts
/// first. Candidates are sorted by falling score, then by falling weight. The order among those that tie is a seeded one of
/// their own for each word, and each of them is a candidate of some word if that is possible, see `spread.rs`. So the
/// table does not depend on the order of the entries.
///
/// Every word of every entry becomes a word of the table if the vocabulary has pieces for it, even if the entry itself
/// is dropped. Random words are drawn from these words (method §2.7), and a larger set repeats less (project decision).
///
/// `source` identifies the entries. It is the SHA-256 of their file, which the table keeps, or any other text, whose
/// SHA-256 the table keeps.
pub fn compile(
    entries: &[Entry],
    tokenizer: &PieceTokenizer,
    vocabulary: &Vocabulary,
    options: &CompileOptions,
    source: &str,
) -> Compiled {
    let mut report = CompileReport::default();
    let mut word_ids = WordIds::new(tokenizer, vocabulary);
    let mut words = Words::new();
    for (index, entry) in entries.iter().enumerate() {
        for text in [&entry.word, &entry.similar] {
            if let Some(ids) = word_ids.of(text) {
                let frequencies = options.frequencies.as_ref();
                let count = frequencies.map_or(0, |frequencies| frequencies.count(text));
                add_word(&mut words, ids, text, count);
            }
        }
        match check_entry(entry, index, &mut word_ids, options) {
            Err(reason) => report.count(reason, 1),
            Ok(Accepted { word, candidate }) => {
                if let Some(word) = words.get_mut(&(word.len(), word)) {
                    word.candidates.push(candidate);
                }
            }
        }
    }
    let laid_out = assemble(words, options, &mut report);
    let sha256 = [
        vocabulary.sha256(),
        &source_sha256(source),
        &options.sha256(),
    ];
    let draws = Draws {
        are_weighted: options.weights != Weights::Uniform,
        are_counted: options.frequencies.is_some(),
    };
    let table = TableBytes::new(&laid_out, draws, sha256);
    Compiled { table, report }
}

impl CompileOptions {
    /// The SHA-256 of the options, in hexadecimal. A table keeps it, so that a table of other options is recognised.
    pub fn sha256(&self) -> String {
        let Self {
            top_k,
            min_score,
            weights,
            frequencies: _,
            also,
        } = self;
        sha256_hex(format!("{top_k} {min_score} {weights:?}\n{also}"))
    }
}

fn source_sha256(source: &str) -> String {
    let is_hash = source.len() == 64 && source.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash {
        source.to_ascii_lowercase()
    } else {
        sha256_hex(source)
    }
}

fn add_word(words: &mut Words, ids: &[PieceId], text: &str, count: u64) {
    let word = words
        .entry((ids.len(), ids.to_vec()))
        .or_insert_with(|| Word {
            text: text.to_owned(),
            count,
            candidates: Vec::new(),
        });
    word.count = word.count.max(count);
    if *text < *word.text {
        text.clone_into(&mut word.text);
    }
}

/// An entry that passed all rules for single entries.
pub(crate) struct Accepted {
    /// The ids of the entry's word.
    pub word: Vec<PieceId>,
    pub candidate: Candidate,
}

/// Applies the rules that need only one entry: returns its candidate, or the reason to drop it.
pub(crate) fn check_entry(
    entry: &Entry,
    entry_index: usize,
    word_ids: &mut WordIds<'_>,
    options: &CompileOptions,
) -> Result<Accepted, DropReason> {
    let word = word_ids.of(&entry.word).map(<[PieceId]>::to_vec);
    let (Some(word), Some(ids)) = (word, word_ids.of(&entry.similar)) else {
        return Err(DropReason::Unknown);
    };
    if word == ids {
        Err(DropReason::Same)
    } else if word.len() != ids.len() {
        Err(DropReason::OtherLength)
    } else if WordClass::of(&entry.word) != WordClass::of(&entry.similar) {
        Err(DropReason::OtherClass)
    } else if entry.score.is_nan() || entry.score < options.min_score {
        Err(DropReason::LowScore)
    } else {
        let candidate = Candidate {
            ids: ids.to_vec(),
            score: entry.score,
            weight: options.weights.of(entry),
            tie: place(ids).wrapping_sub(place(&word)),
            entry_index,
        };
        Ok(Accepted { word, candidate })
    }
}

/// The place of a word on a circle of 2⁶⁴ places. Among candidates that tie, a word keeps those that follow it on the circle.
/// In a group of words that all tie, as in a thesaurus, each is then taken equally often \[P\].
fn place(ids: &[PieceId]) -> u64 {
    let name: Vec<u64> = ids.iter().map(|id| id.index() as u64).collect();
    SplitMix64::new(TIE_SEED, &name).bits()
}

/// Ranks the candidates of a word: returns the best `top_k`, best first, and the dropped ones with the reason.
pub(crate) fn rank(mut candidates: Vec<Candidate>, top_k: usize) -> Ranked {
    candidates.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        let by_weight = by_score.then_with(|| b.weight.total_cmp(&a.weight));
        let by_tie = by_weight.then(a.tie.cmp(&b.tie));
        by_tie.then_with(|| a.ids.cmp(&b.ids))
    });
    let mut seen: HashSet<Vec<PieceId>> = HashSet::new();
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    for candidate in candidates {
        if seen.contains(&candidate.ids) {
            dropped.push((candidate, DropReason::Repeated));
        } else if kept.len() == top_k {
            dropped.push((candidate, DropReason::BeyondTopK));
        } else {
            seen.insert(candidate.ids.clone());
            kept.push(candidate);
        }
    }
    Ranked { kept, dropped }
}

fn assemble(words: Words, options: &CompileOptions, report: &mut CompileReport) -> Vec<TableWord> {
    let indices: HashMap<Vec<PieceId>, u32> = words
        .keys()
        .zip(0..)
        .map(|((_, ids), index)| (ids.clone(), index))
        .collect();
    report.n_words = words.len();
    let mut ranked = Vec::with_capacity(words.len());
    let mut names = Vec::with_capacity(words.len());
    for ((_, ids), word) in words {
        ranked.push(rank(word.candidates, options.top_k));
        names.push((ids, word.text, word.count));
    }
    spread(&mut ranked, |candidate| indices[&candidate.ids] as usize);
    let mut laid_out = Vec::with_capacity(names.len());
    for (Ranked { kept, dropped }, (ids, text, count)) in ranked.into_iter().zip(names) {
        for (_, reason) in dropped {
            report.count(reason, 1);
        }
        report.n_heads += usize::from(!kept.is_empty());
        report.n_candidates += kept.len();
        let candidates = kept.iter().map(|candidate| TableCandidate {
            word_index: indices[&candidate.ids],
            score: candidate.score,
            weight: candidate.weight,
        });
        laid_out.push(TableWord {
            ids,
            text,
            count,
            candidates: candidates.collect(),
        });
    }
    laid_out
}

#[cfg(test)]
mod tests;

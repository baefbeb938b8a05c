//! Entries to a table: which candidates a vocabulary and the method allow.

use std::collections::{BTreeMap, HashMap, HashSet};

use repro::sha256_hex;
use segment::{PieceId, PieceTokenizer, Vocabulary};
use serde::{Deserialize, Serialize};

use crate::class::WordClass;
use crate::format::{TableBytes, TableCandidate, TableWord};
use crate::list::Entry;
use crate::report::{CompileReport, DropReason};
use crate::spelling::Speller;

/// How often each of a word's candidates is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// All alike, as far as is known of the paper.
    #[default]
    Uniform,
    /// By score: the more similar, the more often.
    Similarity,
    /// By likeness of frequency: a similar word of like frequency is the harder and more natural error \[P\].
    Frequency,
    /// As the list says in its fourth column.
    Listed,
}

impl Weights {
    /// A candidate's weight, above 0.
    fn of(self, entry: &Entry) -> f32 {
        match self {
            Self::Uniform => 1.0,
            Self::Similarity => entry.score.max(LEAST_WEIGHT),
            Self::Frequency | Self::Listed => entry.weight.max(LEAST_WEIGHT),
        }
    }
}

/// No candidate that is kept is never drawn.
const LEAST_WEIGHT: f32 = 1e-6;

/// Which candidates are kept, and how they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileOptions {
    /// The most candidates of a word.
    pub top_k: usize,
    /// The least score of a candidate.
    pub min_score: f32,
    /// How often each of them is drawn.
    pub weights: Weights,
    /// What else decided the entries (filters, ranking): it goes into the table's hash of options.
    pub also: String,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            top_k: 10,
            min_score: f32::NEG_INFINITY,
            weights: Weights::Uniform,
            also: String::new(),
        }
    }
}

/// A table, and what became of the entries.
pub struct Compiled {
    /// The table.
    pub table: TableBytes,
    /// What became of the entries.
    pub report: CompileReport,
}

/// A candidate that entry number `entry` brings.
pub(crate) struct Candidate {
    pub ids: Vec<PieceId>,
    pub score: f32,
    pub weight: f32,
    pub entry: usize,
}

/// Words of a table by (number of pieces, ids): their texts and candidates.
type Words = BTreeMap<(usize, Vec<PieceId>), (String, Vec<Candidate>)>;

/// Compiles entries against a vocabulary; `source` says what they are: the SHA-256 of
/// their file, which the table keeps as it is, or other text, of which it keeps the hash.
///
/// A word is its id sequence: two spellings that the vocabulary writes alike are one word, shown by the one that sorts
/// first. Candidates stand by (score falling, then ids), so the table depends on the entries alone, not on their order.
/// Every word of an entry that the vocabulary can write is a word of the table, also where the entry is dropped for
/// another reason: method §2.7 draws random words from them, and the more there are, the less a draw repeats (project decision).
pub fn compile(
    entries: &[Entry],
    tokenizer: &PieceTokenizer,
    vocabulary: &Vocabulary,
    options: &CompileOptions,
    source: &str,
) -> Compiled {
    let mut report = CompileReport::default();
    let mut speller = Speller::new(tokenizer, vocabulary);
    let mut words = Words::new();
    for (index, entry) in entries.iter().enumerate() {
        for text in [&entry.word, &entry.similar] {
            if let Some(ids) = speller.ids(text) {
                add_word(&mut words, ids, text);
            }
        }
        match judge(entry, index, &mut speller, options) {
            Err(reason) => report.count(reason, 1),
            Ok((word, candidate)) => {
                if let Some((_, candidates)) = words.get_mut(&(word.len(), word)) {
                    candidates.push(candidate);
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
    let table = TableBytes::new(&laid_out, options.weights != Weights::Uniform, sha256);
    Compiled { table, report }
}

impl CompileOptions {
    /// The hash that a table keeps of the options it was compiled with.
    pub fn sha256(&self) -> String {
        let Self {
            top_k,
            min_score,
            weights,
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

fn add_word(words: &mut Words, ids: &[PieceId], text: &str) {
    let (known, _) = words
        .entry((ids.len(), ids.to_vec()))
        .or_insert_with(|| (text.to_owned(), Vec::new()));
    if *text < **known {
        text.clone_into(known);
    }
}

/// The ids of an entry's word and its candidate, or why there is none: the rules that look at one entry alone.
pub(crate) fn judge(
    entry: &Entry,
    index: usize,
    speller: &mut Speller<'_>,
    options: &CompileOptions,
) -> Result<(Vec<PieceId>, Candidate), DropReason> {
    let word = speller.ids(&entry.word).map(<[PieceId]>::to_vec);
    let (Some(word), Some(ids)) = (word, speller.ids(&entry.similar)) else {
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
            entry: index,
        };
        Ok((word, candidate))
    }
}

/// A word's candidates, best first, and those that repeat a better one or come after the best `top_k`.
pub(crate) fn rank(
    mut candidates: Vec<Candidate>,
    top_k: usize,
) -> (Vec<Candidate>, Vec<(Candidate, DropReason)>) {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.ids.cmp(&b.ids)));
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
    (kept, dropped)
}

fn assemble(words: Words, options: &CompileOptions, report: &mut CompileReport) -> Vec<TableWord> {
    let places: HashMap<Vec<PieceId>, u32> = words
        .keys()
        .zip(0..)
        .map(|((_, ids), place)| (ids.clone(), place))
        .collect();
    report.n_words = words.len();
    let word = |((_, ids), (text, candidates)): ((usize, Vec<PieceId>), (String, Vec<_>))| {
        let (kept, dropped) = rank(candidates, options.top_k);
        for (_, reason) in dropped {
            report.count(reason, 1);
        }
        report.n_heads += usize::from(!kept.is_empty());
        report.n_candidates += kept.len();
        TableWord {
            ids,
            text,
            candidates: kept
                .iter()
                .map(|c| TableCandidate {
                    word: places[&c.ids],
                    score: c.score,
                    weight: c.weight,
                })
                .collect(),
        }
    };
    words.into_iter().map(word).collect()
}

#[cfg(test)]
mod tests;

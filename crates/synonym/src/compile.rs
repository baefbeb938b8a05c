//! Entries to a table: which candidates a vocabulary and the method allow.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use segment::{PieceId, PieceTokenizer, Vocabulary, sha256_hex};

use crate::class::WordClass;
use crate::format::{TableBytes, TableWord};
use crate::list::Entry;

/// Which candidates are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompileOptions {
    /// The most candidates of a word.
    pub top_k: usize,
    /// The least score of a candidate.
    pub min_score: f32,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            top_k: 10,
            min_score: f32::NEG_INFINITY,
        }
    }
}

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

/// A table, and what became of the entries.
pub struct Compiled {
    /// The table.
    pub table: TableBytes,
    /// What became of the entries.
    pub report: CompileReport,
}

/// Compiles entries against a vocabulary; `source` says what they are (its hash is kept in the table).
///
/// A word is its id sequence: two spellings that the vocabulary writes alike are one word. Candidates stand by
/// (score, then text), so the table depends on the entries alone, not on their order.
pub fn compile(
    entries: &[Entry],
    tokenizer: &PieceTokenizer,
    vocabulary: &Vocabulary,
    options: &CompileOptions,
    source: &str,
) -> Compiled {
    let mut report = CompileReport::default();
    let mut reader = WordReader::new(tokenizer, vocabulary);
    let mut words: BTreeMap<(usize, Vec<PieceId>), (String, Vec<Candidate>)> = BTreeMap::new();
    for entry in entries {
        let (word, similar) = (reader.ids(&entry.word), reader.ids(&entry.similar));
        for (ids, text) in [(&word, &entry.word), (&similar, &entry.similar)] {
            if let Some(ids) = ids {
                let known = words
                    .entry((ids.len(), ids.clone()))
                    .or_insert_with(|| (text.clone(), Vec::new()));
                if *text < known.0 {
                    known.0.clone_from(text);
                }
            }
        }
        match judge(entry, word.as_deref(), similar.as_deref(), options) {
            Err(reason) => *report.dropped.entry(reason).or_default() += 1,
            Ok(()) => {
                let (word, similar) = (word.unwrap_or_default(), similar.unwrap_or_default());
                if let Some((_, candidates)) = words.get_mut(&(word.len(), word)) {
                    candidates.push(Candidate {
                        ids: similar,
                        score: entry.score,
                    });
                }
            }
        }
    }
    let table = assemble(words, vocabulary, options, source, &mut report);
    Compiled { table, report }
}

/// What would become of one entry: kept, or dropped for a reason.
pub fn explain(
    entry: &Entry,
    tokenizer: &PieceTokenizer,
    vocabulary: &Vocabulary,
    options: &CompileOptions,
) -> Result<(), DropReason> {
    let mut reader = WordReader::new(tokenizer, vocabulary);
    let (word, similar) = (reader.ids(&entry.word), reader.ids(&entry.similar));
    judge(entry, word.as_deref(), similar.as_deref(), options)
}

struct Candidate {
    ids: Vec<PieceId>,
    score: f32,
}

fn judge(
    entry: &Entry,
    word: Option<&[PieceId]>,
    similar: Option<&[PieceId]>,
    options: &CompileOptions,
) -> Result<(), DropReason> {
    let (Some(word), Some(similar)) = (word, similar) else {
        return Err(DropReason::Unknown);
    };
    if word == similar {
        Err(DropReason::Same)
    } else if word.len() != similar.len() {
        Err(DropReason::OtherLength)
    } else if WordClass::of(&entry.word) != WordClass::of(&entry.similar) {
        Err(DropReason::OtherClass)
    } else if entry.score < options.min_score {
        Err(DropReason::LowScore)
    } else {
        Ok(())
    }
}

fn assemble(
    words: BTreeMap<(usize, Vec<PieceId>), (String, Vec<Candidate>)>,
    vocabulary: &Vocabulary,
    options: &CompileOptions,
    source: &str,
    report: &mut CompileReport,
) -> TableBytes {
    let places: HashMap<&[PieceId], u32> = words
        .keys()
        .zip(0..)
        .map(|((_, ids), place)| (ids.as_slice(), place))
        .collect();
    let mut laid_out = Vec::with_capacity(words.len());
    for ((_, ids), (text, candidates)) in &words {
        let mut ranked: Vec<(u32, f32)> = candidates
            .iter()
            .map(|c| (places[c.ids.as_slice()], c.score))
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let before = ranked.len();
        let mut seen = std::collections::HashSet::new();
        ranked.retain(|(place, _)| seen.insert(*place));
        count(report, DropReason::Repeated, before - ranked.len());
        count(
            report,
            DropReason::BeyondTopK,
            ranked.len().saturating_sub(options.top_k),
        );
        ranked.truncate(options.top_k);
        report.n_heads += usize::from(!ranked.is_empty());
        report.n_candidates += ranked.len();
        laid_out.push(TableWord {
            ids: ids.clone(),
            text: text.clone(),
            candidates: ranked,
        });
    }
    report.n_words = laid_out.len();
    let source = format!("{source}\n{} {}", options.top_k, options.min_score);
    TableBytes::new(&laid_out, vocabulary.sha256(), &sha256_hex(source))
}

fn count(report: &mut CompileReport, reason: DropReason, n: usize) {
    if n > 0 {
        *report.dropped.entry(reason).or_default() += n;
    }
}

/// Words to ids, each word once.
struct WordReader<'v> {
    tokenizer: &'v PieceTokenizer,
    unknown: PieceId,
    known: HashMap<String, Option<Vec<PieceId>>>,
}

impl<'v> WordReader<'v> {
    fn new(tokenizer: &'v PieceTokenizer, vocabulary: &'v Vocabulary) -> Self {
        Self {
            tokenizer,
            unknown: vocabulary.specials().unk,
            known: HashMap::new(),
        }
    }

    /// The ids of a word, or `None` where the vocabulary cannot write it.
    fn ids(&mut self, word: &str) -> Option<Vec<PieceId>> {
        if let Some(ids) = self.known.get(word) {
            return ids.clone();
        }
        let ids: Vec<PieceId> = self
            .tokenizer
            .pieces(word)
            .iter()
            .map(|piece| piece.id)
            .collect();
        let ids = (!ids.is_empty() && !ids.contains(&self.unknown)).then_some(ids);
        self.known.insert(word.to_owned(), ids.clone());
        ids
    }
}

#[cfg(test)]
mod tests {
    use segment::{PieceTokenizer, Vocabulary};

    use super::{CompileOptions, DropReason, explain};
    use crate::list::Entry;

    #[track_caller]
    fn check(word: &str, similar: &str, score: f32, expect: Result<(), DropReason>) {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "语", "言", "法", "café", "cafe", "gpu", "1", "2",
        ];
        let vocabulary =
            Vocabulary::from_pieces(pieces.map(String::from).to_vec()).expect("a vocabulary");
        let tokenizer = PieceTokenizer::new(&vocabulary, true);
        let options = CompileOptions {
            top_k: 10,
            min_score: 0.5,
        };
        let found = explain(
            &Entry::new(word, similar, score),
            &tokenizer,
            &vocabulary,
            &options,
        );
        assert_eq!(found, expect, "{word} {similar}");
    }

    #[test]
    fn candidates_are_dropped_for_a_reason() {
        check("语言", "语法", 0.9, Ok(()));
        check("语言", "语", 0.9, Err(DropReason::OtherLength));
        check("语言", "语气", 0.9, Err(DropReason::Unknown));
        check("语言", "语法", 0.1, Err(DropReason::LowScore));
        check("gpu", "语", 0.9, Err(DropReason::OtherClass));
        check("1", "2", 0.9, Ok(()));
    }

    #[test]
    fn a_candidate_that_equals_the_original_after_normalisation_is_dropped() {
        check("GPU", "gpu", 0.9, Err(DropReason::Same));
        check("Café", "cafe", 0.9, Err(DropReason::Same));
    }

    #[test]
    fn a_word_whose_only_candidates_have_another_number_of_pieces_has_none() {
        check("语", "语言", 0.9, Err(DropReason::OtherLength));
    }
}

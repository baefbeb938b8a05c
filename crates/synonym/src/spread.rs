//! Makes every word that ties with kept candidates a candidate of some word.
//!
//! In a thesaurus all words of a group have the same score. If a group has more words than a word can have candidates, a
//! fixed order would make the same few the candidates of all others. The order of ties differs from word to word, so most
//! words are candidates of some word already; [`spread`] sees to the rest.

use segment::PieceId;

use crate::report::DropReason;

/// A candidate that passed all rules for single entries.
pub(crate) struct Candidate {
    pub ids: Vec<PieceId>,
    pub score: f32,
    pub weight: f32,
    /// The order among candidates of the same score and weight; differs from word to word.
    pub tie: u64,
    /// The entry that the candidate comes from, counted from 0.
    pub entry_index: usize,
}

/// The candidates of a word.
pub(crate) struct Ranked {
    /// Those that are kept, best first.
    pub kept: Vec<Candidate>,
    /// Those that are dropped, with the reason.
    pub dropped: Vec<(Candidate, DropReason)>,
}

/// Swaps dropped candidates that no word keeps for kept ones of the same score that another word keeps too.
///
/// `words` are the words of a table in its order, and `index_of` gives the index of a candidate among them.
pub(crate) fn spread(words: &mut [Ranked], index_of: impl Fn(&Candidate) -> usize) {
    let mut n_uses = vec![0_u32; words.len()];
    for candidate in words.iter().flat_map(|word| &word.kept) {
        n_uses[index_of(candidate)] += 1;
    }
    for Ranked { kept, dropped } in words {
        let Some(last) = kept.last().map(|candidate| candidate.score) else {
            continue;
        };
        let ties = |candidate: &Candidate| candidate.score.total_cmp(&last).is_eq();
        for (unused, reason) in dropped {
            let index = index_of(unused);
            if *reason != DropReason::BeyondTopK || !ties(unused) || n_uses[index] > 0 {
                continue;
            }
            let mut spare = kept.iter_mut().rev();
            let spare = spare.find(|candidate| ties(candidate) && n_uses[index_of(candidate)] > 1);
            if let Some(spare) = spare {
                n_uses[index_of(spare)] -= 1;
                n_uses[index] += 1;
                std::mem::swap(spare, unused);
            }
        }
    }
}

//! Answers what similar words a table has for a word, and why a source's candidates are missing from it.

use segment::{PieceTokenizer, Vocabulary};

use crate::compile::{CompileOptions, check_entry, rank};
use crate::filters::Filters;
use crate::list::Entry;
use crate::report::DropReason;
use crate::spread::Ranked;
use crate::table::SimilarWords;
use crate::word_ids::{WordIds, word_ids};

/// A similar word of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour<'t> {
    /// The word as its source spells it.
    pub text: &'t str,
    /// How similar it is; greater means more similar.
    pub score: f32,
}

/// The similar words of a word, best first. `None` if the table does not contain the word; empty if it contains the word
/// only as a candidate of others.
pub fn neighbours<'t>(
    word: &str,
    table: &'t SimilarWords,
    tokenizer: &PieceTokenizer,
) -> Option<Vec<Neighbour<'t>>> {
    let candidates = table.candidates(table.word(&word_ids(tokenizer, word))?);
    let neighbour = |rank| Neighbour {
        text: table.text(candidates.word(rank)),
        score: candidates.score(rank),
    };
    Some((0..candidates.len()).map(neighbour).collect())
}

/// A candidate that a source proposes for a word, and whether the table keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The candidate.
    pub similar: String,
    /// How similar it is; greater means more similar.
    pub score: f32,
    /// The candidate's rank in the table, from 0, or the reason why it was dropped.
    pub verdict: Result<usize, DropReason>,
}

/// All candidates that a source proposes for a word, in the order of the source.
pub fn proposals(
    word: &str,
    entries: &[Entry],
    tokenizer: &PieceTokenizer,
    vocabulary: &Vocabulary,
    options: &CompileOptions,
    filters: &Filters,
) -> Vec<Proposal> {
    let mut known = WordIds::new(tokenizer, vocabulary);
    let ids = word_ids(tokenizer, word);
    let (mut proposals, mut candidates) = (Vec::new(), Vec::new());
    for entry in entries {
        if entry.word != word && known.of(&entry.word) != Some(ids.as_slice()) {
            continue;
        }
        let accepted = check_entry(entry, proposals.len(), &mut known, options);
        let verdict =
            accepted.and_then(
                |accepted| match filters.drop_reason(&entry.word, &entry.similar) {
                    Some(reason) => Err(reason),
                    None => Ok(accepted.candidate),
                },
            );
        // Rank 0 is a placeholder: the ranks follow below, when all candidates are known.
        let verdict = verdict.map(|candidate| {
            candidates.push(candidate);
            0
        });
        proposals.push(Proposal {
            similar: entry.similar.clone(),
            score: entry.score,
            verdict,
        });
    }
    let Ranked { kept, dropped } = rank(candidates, options.top_k);
    for (rank, candidate) in kept.iter().enumerate() {
        proposals[candidate.entry_index].verdict = Ok(rank);
    }
    for (candidate, reason) in dropped {
        proposals[candidate.entry_index].verdict = Err(reason);
    }
    proposals
}

#[cfg(test)]
mod tests {
    use segment::{PieceTokenizer, Vocabulary};

    use super::{Neighbour, neighbours, proposals};
    use crate::compile::{CompileOptions, compile};
    use crate::filters::Filters;
    use crate::list::Entry;
    use crate::report::DropReason;
    use crate::table::SimilarWords;

    fn options() -> CompileOptions {
        CompileOptions {
            top_k: 2,
            min_score: 0.3,
            ..CompileOptions::default()
        }
    }

    fn vocabulary() -> Vocabulary {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "预", "测", "见", "言", "料", "想", "g", "##b",
        ];
        Vocabulary::from_pieces(pieces.map(String::from).to_vec()).expect("a vocabulary")
    }

    fn entries() -> Vec<Entry> {
        [
            ("预测", "预料", 0.7),
            ("预测", "预计", 0.9),
            ("预测", "预见", 0.8),
            ("预测", "预言", 0.6),
            ("预测", "想", 0.9),
            ("预测", "预料", 0.5),
            ("预测", "gb", 0.5),
            ("预测", "料想", 0.1),
            ("料想", "预想", 0.5),
        ]
        .map(|(word, similar, score)| Entry::new(word, similar, score))
        .to_vec()
    }

    #[test]
    fn a_proposal_says_why_the_candidate_was_dropped() {
        let vocabulary = vocabulary();
        let tokenizer = PieceTokenizer::new(&vocabulary, true);
        let found: Vec<_> = proposals(
            "预测",
            &entries(),
            &tokenizer,
            &vocabulary,
            &options(),
            &Filters::default(),
        )
        .into_iter()
        .map(|proposal| (proposal.similar, proposal.verdict))
        .collect();
        let expect = [
            ("预料", Ok(1)),
            ("预计", Err(DropReason::Unknown)),
            ("预见", Ok(0)),
            ("预言", Err(DropReason::BeyondTopK)),
            ("想", Err(DropReason::OtherLength)),
            ("预料", Err(DropReason::Repeated)),
            ("gb", Err(DropReason::OtherClass)),
            ("料想", Err(DropReason::LowScore)),
        ];
        assert_eq!(
            found,
            expect.map(|(word, verdict)| (word.to_owned(), verdict))
        );
        assert!(
            proposals(
                "见",
                &entries(),
                &tokenizer,
                &vocabulary,
                &options(),
                &Filters::default()
            )
            .is_empty()
        );
    }

    #[test]
    fn neighbours_are_the_candidates_that_were_kept() {
        let vocabulary = vocabulary();
        let tokenizer = PieceTokenizer::new(&vocabulary, true);
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let compiled = compile(&entries(), &tokenizer, &vocabulary, &options(), "test");
        compiled.table.write(file.path()).expect("written");
        let table = SimilarWords::open(file.path(), &vocabulary).expect("a table");
        let of = |word| neighbours(word, &table, &tokenizer);
        let expect = [("预见", 0.8), ("预料", 0.7)];
        assert_eq!(
            of("预测"),
            Some(
                expect
                    .map(|(text, score)| Neighbour { text, score })
                    .to_vec()
            )
        );
        assert_eq!(of("预言"), Some(Vec::new()), "only a candidate of others");
        assert_eq!(of("测预"), None);
        assert_eq!(of("语言"), None, "not in the vocabulary");
    }
}

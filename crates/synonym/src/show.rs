//! What a table says of a word, and why a source's candidates are not in it; only data, nothing is printed here.

use segment::{PieceTokenizer, Vocabulary};

use crate::compile::{CompileOptions, judge, rank};
use crate::filters::Filters;
use crate::list::Entry;
use crate::report::DropReason;
use crate::spelling::{Speller, spell};
use crate::table::SimilarWords;

/// A similar word of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour<'t> {
    /// As the source writes it.
    pub text: &'t str,
    /// How similar: the greater, the more.
    pub score: f32,
}

/// The similar words of a word, best first; `None` where the table does not know the word, none where it knows it only
/// as a candidate of others.
pub fn neighbours<'t>(
    word: &str,
    table: &'t SimilarWords,
    tokenizer: &PieceTokenizer,
) -> Option<Vec<Neighbour<'t>>> {
    let candidates = table.candidates(table.word(&spell(tokenizer, word))?);
    let neighbour = |rank| Neighbour {
        text: table.text(candidates.word(rank)),
        score: candidates.score(rank),
    };
    Some((0..candidates.len()).map(neighbour).collect())
}

/// What an entry of a source comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The candidate.
    pub similar: String,
    /// Its score.
    pub score: f32,
    /// Its rank among the word's candidates, from 0, or why it is none.
    pub verdict: Result<usize, DropReason>,
}

/// What becomes of all candidates that a source has for a word, in the source's order.
pub fn proposals(
    word: &str,
    entries: &[Entry],
    tokenizer: &PieceTokenizer,
    vocabulary: &Vocabulary,
    options: &CompileOptions,
    filters: &Filters,
) -> Vec<Proposal> {
    let mut speller = Speller::new(tokenizer, vocabulary);
    let ids = spell(tokenizer, word);
    let (mut proposals, mut candidates) = (Vec::new(), Vec::new());
    for entry in entries {
        if entry.word != word && speller.ids(&entry.word) != Some(ids.as_slice()) {
            continue;
        }
        // Those that are kept get their true rank below, when all are known.
        let verdict = judge(entry, proposals.len(), &mut speller, options);
        let verdict = verdict.and_then(|(_, candidate)| {
            match filters.drop_reason(&entry.word, &entry.similar) {
                Some(reason) => Err(reason),
                None => Ok(candidate),
            }
        });
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
    let (kept, dropped) = rank(candidates, options.top_k);
    for (rank, candidate) in kept.iter().enumerate() {
        proposals[candidate.entry].verdict = Ok(rank);
    }
    for (candidate, reason) in dropped {
        proposals[candidate.entry].verdict = Err(reason);
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
    fn a_source_says_why_a_candidate_was_dropped() {
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
    fn what_a_source_keeps_is_what_the_table_shows() {
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

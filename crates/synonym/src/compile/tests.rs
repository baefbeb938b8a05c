//! Which candidates a table keeps, and what the report says about the others.

use std::collections::BTreeMap;

use segment::{PieceId, PieceTokenizer, Vocabulary};

use super::{CompileOptions, Weights, compile};
use crate::filters::Filters;
use crate::list::Entry;
use crate::report::DropReason;
use crate::show::proposals;
use crate::table::SimilarWords;

const PIECES: [&str; 15] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "语", "言", "法", "cafe", "gpu", "##s", "1", "2", "，",
    "、", "tpu",
];

fn vocabulary() -> Vocabulary {
    Vocabulary::from_pieces(PIECES.map(String::from).to_vec()).expect("a vocabulary")
}

#[track_caller]
fn check(word: &str, similar: &str, score: f32, expect: Result<(), DropReason>) {
    let vocabulary = vocabulary();
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let options = CompileOptions {
        min_score: 0.5,
        ..CompileOptions::default()
    };
    let entries = [Entry::new(word, similar, score)];
    let found = proposals(
        word,
        &entries,
        &tokenizer,
        &vocabulary,
        &options,
        &Filters::default(),
    );
    let verdicts: Vec<_> = found.iter().map(|p| p.verdict.map(|_| ())).collect();
    assert_eq!(verdicts, [expect], "{word} {similar}");
    let report = compile(&entries, &tokenizer, &vocabulary, &options, "test").report;
    let dropped: Vec<_> = report.dropped.into_iter().collect();
    assert_eq!(report.n_candidates, usize::from(expect.is_ok()));
    assert_eq!(
        dropped,
        expect
            .err()
            .map(|reason| (reason, 1))
            .into_iter()
            .collect::<Vec<_>>()
    );
}

#[test]
fn candidates_are_dropped_for_a_reason() {
    check("语言", "语法", 0.9, Ok(()));
    check("语言", "语气", 0.9, Err(DropReason::Unknown));
    check("语气", "语言", 0.9, Err(DropReason::Unknown));
    check("语言", "\u{200b}", 0.9, Err(DropReason::Unknown));
    check("语言", "语法", 0.1, Err(DropReason::LowScore));
    check("语言", "语法", f32::NAN, Err(DropReason::LowScore));
    check("gpu", "tpu", 0.9, Ok(()));
    check("gpu", "语", 0.9, Err(DropReason::OtherClass));
    check("1", "2", 0.9, Ok(()));
    check("1", "，", 0.9, Err(DropReason::OtherClass));
    check("，", "、", 0.9, Ok(()));
}

/// Method §8.8.
#[test]
fn a_candidate_that_equals_the_original_after_normalisation_is_dropped() {
    check("GPU", "gpu", 0.9, Err(DropReason::Same));
    check("Café", "cafe", 0.9, Err(DropReason::Same));
    check("Cafe\u{301}", "Café", 0.9, Err(DropReason::Same));
    check("语言", "语\u{200b}言", 0.9, Err(DropReason::Same));
}

/// Method §8.9.
#[test]
fn a_word_whose_only_candidates_have_another_number_of_pieces_has_none() {
    check("语", "语言", 0.9, Err(DropReason::OtherLength));
    check("语言", "语", 0.9, Err(DropReason::OtherLength));
    check("gpus", "gpu", 0.9, Err(DropReason::OtherLength));
}

fn table(entries: &[Entry], top_k: usize) -> (SimilarWords, String) {
    let vocabulary = vocabulary();
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let options = CompileOptions {
        top_k,
        ..CompileOptions::default()
    };
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let compiled = compile(entries, &tokenizer, &vocabulary, &options, "test");
    compiled.table.write(file.path()).expect("written");
    let table = SimilarWords::open(file.path(), &vocabulary).expect("a table");
    (table, compiled.report.to_string())
}

#[test]
fn two_spellings_of_one_id_sequence_are_one_word_in_any_order_of_entries() {
    let mut entries = vec![
        Entry::new("gpu", "tpu", 0.4),
        Entry::new("GPU", "Tpu", 0.8),
        Entry::new("ＧＰＵ", "cafe", 0.5),
    ];
    let (one, report) = table(&entries, 10);
    let gpu = one.word(&[PieceId::new(8)]).expect("gpu");
    assert_eq!(one.text(gpu), "GPU", "the spelling that sorts first");
    let candidates = one.candidates(gpu);
    let found: Vec<_> = (0..candidates.len())
        .map(|rank| (one.text(candidates.word(rank)), candidates.score(rank)))
        .collect();
    assert_eq!(
        found,
        [("Tpu", 0.8)],
        "full-width letters are in no piece, so ＧＰＵ is unknown"
    );
    insta::assert_snapshot!(
        report,
        @"3 words, 1 with similar words, 1 candidates; dropped 1: not in the vocabulary; dropped 1: listed twice"
    );
    entries.reverse();
    assert_eq!(table(&entries, 10).0.sha256(), one.sha256());
}

/// Words of two characters of these three.
fn pairs() -> Vec<String> {
    let characters = ["语", "言", "法"];
    let pairs = characters.map(|a| characters.map(|b| format!("{a}{b}")));
    pairs.concat()
}

/// All pairs of different words, with one score.
fn group(words: &[String]) -> Vec<Entry> {
    let pairs = words.iter().flat_map(|a| words.iter().map(move |b| (a, b)));
    let different = pairs.filter(|(a, b)| a != b);
    different
        .map(|(a, b)| Entry::new(a.as_str(), b.as_str(), 1.0))
        .collect()
}

/// How often each word of a table is a candidate.
fn uses(table: &SimilarWords) -> BTreeMap<String, usize> {
    let mut uses: BTreeMap<String, usize> = table
        .words()
        .map(|word| (table.text(word).to_owned(), 0))
        .collect();
    for word in table.words() {
        let candidates = table.candidates(word);
        for rank in 0..candidates.len() {
            *uses
                .get_mut(table.text(candidates.word(rank)))
                .expect("a word") += 1;
        }
    }
    uses
}

#[test]
fn words_of_a_group_stand_for_others_equally_often() {
    let mut entries = group(&pairs());
    for top_k in 1..=8 {
        let (one, _) = table(&entries, top_k);
        assert!(uses(&one).values().all(|n| *n == top_k), "{:?}", uses(&one));
        entries.reverse();
        assert_eq!(
            table(&entries, top_k).0.sha256(),
            one.sha256(),
            "any order of entries"
        );
    }
}

#[test]
fn every_word_that_ties_stands_for_some_word_though_groups_overlap() {
    let words = pairs();
    for shared in 0..words.len() {
        let mut words = words.clone();
        words.swap(0, shared);
        let entries = [
            group(&words[..5]),
            group(&[&words[5..], &words[..1]].concat()),
        ]
        .concat();
        for top_k in 1..=3 {
            let (table, _) = table(&entries, top_k);
            let uses = uses(&table);
            assert!(uses.values().all(|n| *n > 0), "{top_k}: {uses:?}");
        }
    }
}

#[test]
fn better_scores_and_weights_come_before_ties() {
    let similar = ["言语", "法语", "语法", "法言"];
    let mut entries: Vec<Entry> = similar
        .map(|similar| Entry::new("语言", similar, 0.5))
        .to_vec();
    entries[3].score = 0.6;
    entries[1].weight = 2.0;
    let vocabulary = vocabulary();
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let options = CompileOptions {
        top_k: 3,
        weights: Weights::Listed,
        ..CompileOptions::default()
    };
    let found = proposals(
        "语言",
        &entries,
        &tokenizer,
        &vocabulary,
        &options,
        &Filters::default(),
    );
    assert_eq!((found[3].verdict, found[1].verdict), (Ok(0), Ok(1)));
    let tied = [found[0].verdict, found[2].verdict];
    assert!(
        tied.contains(&Ok(2)) && tied.contains(&Err(DropReason::BeyondTopK)),
        "{tied:?}"
    );
}

#[test]
fn no_entries_make_an_empty_table() {
    let (table, report) = table(&[], 10);
    assert_eq!((table.n_words(), table.n_words_of(1)), (0, 0));
    assert!(table.word(&[PieceId::new(4)]).is_none() && table.word(&[]).is_none());
    insta::assert_snapshot!(report, @"0 words, 0 with similar words, 0 candidates");
}

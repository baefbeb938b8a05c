//! Which candidates a table keeps, and what the report says about the others.

use segment::{PieceId, PieceTokenizer, Vocabulary};

use super::{CompileOptions, compile};
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

#[test]
fn equal_scores_stand_by_ids_and_only_the_best_stay() {
    let entries = ["言语", "法语", "语法", "法言"].map(|similar| Entry::new("语言", similar, 0.5));
    let (table, report) = table(&entries, 3);
    let word = table
        .word(&[PieceId::new(4), PieceId::new(5)])
        .expect("语言");
    let candidates = table.candidates(word);
    let found: Vec<_> = (0..candidates.len())
        .map(|rank| table.text(candidates.word(rank)))
        .collect();
    assert_eq!(found, ["语法", "言语", "法语"]);
    insta::assert_snapshot!(report, @"5 words, 1 with similar words, 3 candidates; dropped 1: beyond top_k");
}

#[test]
fn no_entries_make_an_empty_table() {
    let (table, report) = table(&[], 10);
    assert_eq!((table.n_words(), table.n_words_of(1)), (0, 0));
    assert!(table.word(&[PieceId::new(4)]).is_none() && table.word(&[]).is_none());
    insta::assert_snapshot!(report, @"0 words, 0 with similar words, 0 candidates");
}

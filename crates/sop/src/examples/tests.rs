//! Tests of method §3.1 and of the corner cases of §8.

use std::sync::Arc;

use proptest::prelude::*;
use segment::{ByteSpan, PieceId, Segmented, SentenceSpan};

use super::{ExampleOptions, examples, target_length};
use crate::drops::ExampleDrops;
use crate::example::Example;
use crate::key::ExampleKey;
use crate::objective::PairObjective;
use crate::runs::{Limits, Sentence, runs, sentences_within};

/// A document; `sentences` has the number of pieces of each unit. Piece ids count up, and each piece is one byte.
fn document(sentences: &[&[u32]]) -> Segmented {
    let mut document = Segmented::default();
    for units in sentences {
        let (first_piece, first_unit) = (document.pieces.len(), document.unit_ends.len());
        for n_pieces in *units {
            for _ in 0..*n_pieces {
                let index = document.pieces.len();
                document.pieces.push(PieceId::new(index as u32));
                document.piece_spans.push(ByteSpan::new(index, index + 1));
            }
            document.unit_ends.push(document.pieces.len() as u32);
        }
        document.sentences.push(SentenceSpan {
            text: ByteSpan::new(first_piece, document.pieces.len()),
            pieces: first_piece as u32..document.pieces.len() as u32,
            units: first_unit as u32..document.unit_ends.len() as u32,
        });
    }
    document
}

fn make(document: &Segmented, max_length: usize, short_share: f64) -> (Vec<Example>, ExampleDrops) {
    make_for(PairObjective::Sop, document, max_length, short_share)
}

fn make_for(
    pairs: PairObjective,
    document: &Segmented,
    max_length: usize,
    short_share: f64,
) -> (Vec<Example>, ExampleDrops) {
    let mut drops = ExampleDrops::default();
    let options = ExampleOptions {
        max_length,
        short_share,
    };
    let path: Arc<str> = "a.txt".into();
    let made = examples(document, &path, 0, &options, pairs, 1, &mut drops);
    (made, drops)
}

/// Checks the examples of sentences of one unit each; numbers are the pieces of a sentence.
#[track_caller]
fn check(sentences: &[u32], limit: usize, expect: &[&[u32]]) -> ExampleDrops {
    let units: Vec<[u32; 1]> = sentences.iter().map(|n| [*n]).collect();
    let slices: Vec<&[u32]> = units.iter().map(|u| &u[..]).collect();
    let (made, drops) = make(&document(&slices), limit + 3, 0.0);
    let found: Vec<Vec<u32>> = made
        .iter()
        .map(|example| {
            let mut before = 0;
            let ends = example.sentence_ends().iter();
            ends.map(|end| {
                let end = example.unit_ends()[*end as usize - 1];
                let n_pieces = end - before;
                before = end;
                n_pieces
            })
            .collect()
        })
        .collect();
    assert_eq!(found, expect);
    drops
}

#[test]
fn whole_sentences_fill_up_to_the_limit() {
    check(&[3, 3, 3, 3], 6, &[&[3, 3], &[3, 3]]);
    check(
        &[3, 2, 4, 1, 2],
        6,
        &[&[3, 2], &[4, 1]].map(|e: &[u32; 2]| &e[..]),
    );
}

/// The runs of sentences whose units have one piece each, if all runs have the same target; numbers are the pieces of a
/// sentence.
fn grouped(sentences: &[u32], limit: usize, target: usize) -> (Vec<Vec<usize>>, ExampleDrops) {
    let units: Vec<Vec<u32>> = sentences.iter().map(|n| vec![1; *n as usize]).collect();
    let slices: Vec<&[u32]> = units.iter().map(|u| &u[..]).collect();
    let document = document(&slices);
    let mut drops = ExampleDrops::default();
    let sentences = sentences_within(&document, limit, &mut drops);
    let limits = Limits {
        pieces: limit,
        least_sentences: 2,
    };
    let runs = runs(&document, sentences, limits, |_| target, &mut drops);
    let lengths = |run: &Vec<Sentence>| run.iter().map(|sentence| sentence.n_pieces).collect();
    (runs.iter().map(lengths).collect(), drops)
}

#[test]
fn a_last_sentence_alone_joins_the_run_before_it_if_it_fits() {
    let (runs, drops) = grouped(&[2, 2, 3], 8, 4);
    assert_eq!(
        (runs, drops),
        (vec![vec![2, 2, 3]], ExampleDrops::default())
    );
}

#[test]
fn a_run_is_closed_at_its_target_from_two_sentences_on() {
    assert_eq!(grouped(&[1; 6], 8, 2).0, [[1, 1], [1, 1], [1, 1]]);
    assert_eq!(grouped(&[1; 6], 8, 3).0, [[1, 1, 1], [1, 1, 1]]);
    assert_eq!(grouped(&[5, 1, 5, 1], 8, 2).0, [[5, 1], [5, 1]]);
}

#[test]
fn a_sentence_alone_takes_the_last_one_of_the_run_before_it() {
    let (runs, drops) = grouped(&[3, 2, 2, 6, 7, 1], 8, 8);
    assert_eq!(runs, [vec![3, 2], vec![2, 6], vec![7, 1]]);
    assert_eq!(drops, ExampleDrops::default());
}

#[test]
fn a_sentence_alone_that_fills_more_than_half_is_cut_in_its_middle() {
    let (runs, drops) = grouped(&[4, 4, 7, 5, 2], 8, 8);
    assert_eq!(runs, [vec![4, 4], vec![3, 4], vec![5, 2]]);
    assert_eq!((drops.cut_sentences, drops.dropped_pieces), (1, 0));
}

#[test]
fn a_short_sentence_alone_that_fits_nowhere_is_dropped_and_counted() {
    let (runs, drops) = grouped(&[4, 4, 3, 6, 2], 8, 8);
    assert_eq!(runs, [vec![4, 4], vec![6, 2]]);
    assert_eq!((drops.lone_sentences, drops.dropped_pieces), (1, 3));
}

/// Method §3.1: one target in ten is shorter, and uniform from 2 on.
#[test]
fn a_tenth_of_the_targets_is_short_and_uniform_from_two_on() {
    const N: u64 = 40_000;
    const LIMIT: usize = 21;
    let mut counts = [0_u32; LIMIT + 1];
    for key in 0..N {
        counts[target_length(ExampleKey::from_raw(key), LIMIT, 0.1, 3)] += 1;
    }
    let check = |length: usize, share: f64| {
        let error = (share * (1.0 - share) / N as f64).sqrt();
        let found = f64::from(counts[length]) / N as f64;
        assert!((found - share).abs() <= 4.0 * error, "{counts:?}");
    };
    // A short target may also be the limit itself: it is one of twenty lengths.
    let each = 0.1 / 20.0;
    (0..2).for_each(|length| check(length, 0.0));
    (2..LIMIT).for_each(|length| check(length, each));
    check(LIMIT, 0.9 + each);
}

#[test]
fn no_target_is_below_the_shortest_one() {
    for key in 0..100 {
        assert_eq!(target_length(ExampleKey::from_raw(key), 1, 1.0, 3), 2);
    }
}

#[test]
fn a_last_sentence_alone_that_does_not_fit_is_dropped_and_counted() {
    let drops = check(&[3, 3, 4], 6, &[&[3, 3]]);
    assert_eq!((drops.lone_sentences, drops.dropped_pieces), (1, 4));
}

#[test]
fn an_empty_document_has_no_example_and_is_counted() {
    let (made, drops) = make(&document(&[]), 16, 0.1);
    assert!(made.is_empty());
    assert_eq!(drops.empty_documents, 1);
}

#[test]
fn a_document_of_one_sentence_has_no_example_and_is_counted() {
    let (made, drops) = make(&document(&[&[2, 2]]), 16, 0.1);
    assert!(made.is_empty());
    assert_eq!(
        (drops.single_sentence_documents, drops.dropped_pieces),
        (1, 4)
    );
}

/// Method §3.5.
#[test]
fn without_pairs_a_document_of_one_sentence_is_an_example() {
    let (made, drops) = make_for(PairObjective::None, &document(&[&[2, 2]]), 16, 0.1);
    assert_eq!((made.len(), drops), (1, ExampleDrops::default()));
    assert_eq!(made[0].sentence_ends(), [2]);
    let (made, _) = make_for(PairObjective::None, &document(&[]), 16, 0.1);
    assert!(made.is_empty());
}

#[test]
fn without_pairs_a_sentence_without_a_partner_is_neither_cut_nor_dropped() {
    let sentences = [&[4][..], &[4], &[3], &[6], &[7], &[2]];
    let (made, drops) = make_for(PairObjective::None, &document(&sentences), 3 + 8, 0.0);
    let pieces: Vec<usize> = made.iter().map(|e| e.pieces().len()).collect();
    assert_eq!(pieces, [8, 3, 6, 7, 2]);
    assert_eq!(drops, ExampleDrops::default());
}

#[test]
fn without_pairs_the_parts_of_a_long_sentence_are_examples() {
    let (made, drops) = make_for(
        PairObjective::None,
        &document(&[&[2, 2, 2, 2, 2]]),
        3 + 5,
        0.0,
    );
    let pieces: Vec<usize> = made.iter().map(|e| e.pieces().len()).collect();
    assert_eq!(pieces, [4, 4, 2]);
    assert_eq!((drops.cut_sentences, drops.dropped_pieces), (1, 0));
    let cut: Vec<&[u32]> = made.iter().map(Example::cut_ends).collect();
    assert_eq!(cut, [&[0][..], &[0], &[]]);
}

#[test]
fn the_end_of_a_part_of_a_cut_sentence_is_no_sentence_end() {
    // Alone between neighbours that do not fit: cut in its middle.
    let lone = [&[1; 4][..], &[1; 4], &[1; 7], &[1; 5], &[1; 2]];
    let (made, _) = make(&document(&lone), 3 + 8, 0.0);
    let cut: Vec<&[u32]> = made.iter().map(Example::cut_ends).collect();
    assert_eq!(cut, [&[][..], &[0], &[]]);
    // Longer than an example: a full part, which is cut in its middle, and a last part with the sentence's end.
    let (made, _) = make(&document(&[&[1; 11], &[1; 2]]), 3 + 8, 0.0);
    let ends: Vec<_> = made
        .iter()
        .map(|e| (e.sentence_ends(), e.cut_ends()))
        .collect();
    assert_eq!(ends, [(&[4, 8][..], &[0, 1][..]), (&[3, 5], &[])]);
    // A sentence whose last unit was dropped as too long has lost its end.
    let (made, _) = make(&document(&[&[1, 1, 9], &[1, 1]]), 3 + 8, 0.0);
    let ends: Vec<_> = made
        .iter()
        .map(|e| (e.sentence_ends(), e.cut_ends()))
        .collect();
    assert_eq!(ends, [(&[2, 4][..], &[0][..])]);
}

#[test]
fn a_document_of_one_sentence_longer_than_the_limit_is_cut_at_unit_boundaries() {
    let (made, drops) = make(&document(&[&[2, 2, 2, 2, 2]]), 3 + 5, 0.0);
    assert_eq!((drops.cut_sentences, drops.dropped_pieces), (1, 2));
    let pieces: Vec<usize> = made.iter().map(|e| e.pieces().len()).collect();
    assert_eq!(
        pieces,
        [4, 4],
        "each cut at its middle into two parts that pair"
    );
    let long: Vec<u32> = vec![2; 100];
    let (made, drops) = make(&document(&[&long]), 3 + 25, 0.0);
    let kept: usize = made.iter().map(|e| e.pieces().len()).sum();
    assert_eq!((made.len(), kept as u64 + drops.dropped_pieces), (8, 200));
    assert!(made.iter().all(|e| e.pieces().len() <= 25));
    assert!(kept >= 190, "{kept}");
}

#[test]
fn a_unit_longer_than_an_example_is_dropped_and_counted() {
    let (_, drops) = make(&document(&[&[2, 9, 2]]), 3 + 5, 0.0);
    assert_eq!((drops.overlong_units, drops.cut_sentences), (1, 1));
}

#[test]
fn equal_documents_have_different_keys() {
    let path: Arc<str> = "a.txt".into();
    let options = ExampleOptions {
        max_length: 16,
        short_share: 0.0,
    };
    let document = document(&[&[2], &[2]]);
    let make = |record| {
        examples(
            &document,
            &path,
            record,
            &options,
            PairObjective::Sop,
            1,
            &mut ExampleDrops::default(),
        )
    };
    let (one, other) = (make(0), make(90));
    assert_eq!(one[0].pieces(), other[0].pieces());
    assert_ne!(one[0].key(), other[0].key());
}

proptest! {
    #[test]
    fn examples_have_the_documents_sentences_in_order_except_what_is_counted(
        units in prop::collection::vec(prop::collection::vec(1_u32..5, 1..8), 0..30),
        max_length in 8_usize..60,
        short_share in prop::sample::select(vec![0.0, 0.1, 1.0]),
    ) {
        let slices: Vec<&[u32]> = units.iter().map(|u| &u[..]).collect();
        let document = document(&slices);
        let (made, drops) = make(&document, max_length, short_share);
        let kept: u64 = made.iter().map(|e| e.pieces().len() as u64).sum();
        prop_assert_eq!(kept + drops.dropped_pieces, document.pieces.len() as u64);
        let mut before = None;
        for example in &made {
            prop_assert!(example.pieces().len() <= max_length - 3);
            prop_assert!(example.sentence_ends().len() >= 2);
            for piece in example.pieces() {
                prop_assert!(before.is_none_or(|b| b < *piece));
                before = Some(*piece);
            }
            prop_assert_eq!(example.source().text.start, example.pieces()[0].get());
        }
    }
}

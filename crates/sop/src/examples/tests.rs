//! Runs of sentences: method §3.1 and the corner cases of §8.

use std::sync::Arc;

use proptest::prelude::*;
use segment::{ByteSpan, PieceId, Segmented, SentenceSpan};

use super::{Example, ExampleDrops, ExampleOptions, examples};

/// A document of sentences, each given by the lengths of its units; piece ids count up, a byte a piece.
fn document(sentences: &[&[u32]]) -> Segmented {
    let mut document = Segmented::default();
    for units in sentences {
        let (first_piece, first_unit) = (document.pieces.len(), document.unit_ends.len());
        for n_pieces in *units {
            for _ in 0..*n_pieces {
                let position = document.pieces.len();
                document.pieces.push(PieceId::new(position as u32));
                document
                    .piece_spans
                    .push(ByteSpan::new(position, position + 1));
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
    let mut drops = ExampleDrops::default();
    let options = ExampleOptions {
        max_length,
        short_share,
    };
    let path: Arc<str> = "a.txt".into();
    let made = examples(document, &path, 0, &options, 1, &mut drops);
    (made, drops)
}

/// Sentences of one unit each; the lengths in pieces of every example.
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

#[test]
fn a_last_sentence_alone_joins_the_run_before_it_where_it_fits() {
    let units: [&[u32]; 3] = [&[4], &[4], &[2]];
    let options_share = 1.0;
    let (made, _) = make(&document(&units), 13, options_share);
    let total: usize = made.iter().map(|e| e.pieces().len()).sum();
    assert!(made.iter().all(|e| e.sentence_ends().len() >= 2));
    assert_eq!(total, 10);
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

#[test]
fn a_document_of_one_sentence_longer_than_the_limit_is_cut_at_unit_borders() {
    let (made, drops) = make(&document(&[&[2, 2, 2, 2, 2]]), 3 + 5, 0.0);
    assert_eq!(drops.cut_sentences, 1);
    let pieces: u64 = made.iter().map(|e| e.pieces().len() as u64).sum();
    assert_eq!(pieces + drops.dropped_pieces, 10);
    assert!(made.iter().all(|e| e.pieces().len() <= 5));
}

#[test]
fn a_unit_longer_than_an_example_is_dropped_and_counted() {
    let (_, drops) = make(&document(&[&[2, 9, 2]]), 3 + 5, 0.0);
    assert_eq!((drops.overlong_units, drops.cut_sentences), (1, 1));
}

#[test]
fn equal_documents_have_other_keys() {
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
    fn examples_hold_the_documents_sentences_in_order_but_for_what_is_counted(
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

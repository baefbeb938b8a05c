//! The audit finds a label that lengths or ends tell, and finds nothing where they do not.

use rand::{Rng, RngExt as _, SeedableRng as _};
use repro::Generator;
use segment::{PieceId, Vocabulary};

use super::{Clue, OrderAudit, Predicted};
use crate::pair::Pair;

fn vocabulary() -> Vocabulary {
    let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "天", "。", "；", "”", "，",
    ];
    Vocabulary::from_pieces(pieces.map(String::from).to_vec()).expect("a vocabulary")
}

/// A pair of texts of these lengths that end with these pieces.
fn pair(label: Option<u8>, lengths: [usize; 2], ends: [&[u32]; 2]) -> Pair {
    let mut ids = vec![2];
    let mut segment_ids = vec![0];
    for (segment_id, (length, end)) in (0..).zip(lengths.into_iter().zip(ends)) {
        ids.resize(ids.len() + length - end.len(), 4);
        ids.extend(end);
        ids.push(3);
        segment_ids.resize(ids.len(), segment_id);
    }
    Pair {
        input_ids: ids.into_iter().map(PieceId::new).collect(),
        segment_ids,
        units: Vec::new(),
        n_units_first: 0,
        order_label: label,
    }
}

/// Audits 8,000 pairs with random labels; `draw` makes a pair of a label.
fn predicted(clue: Clue, draw: impl Fn(u8, &mut Generator) -> Pair) -> Predicted {
    let mut rng = Generator::seed_from_u64(6);
    let mut audit = OrderAudit::new(&vocabulary());
    for _ in 0..8000 {
        let label = u8::from(rng.random_bool(0.5));
        audit.add(&draw(label, &mut rng));
    }
    audit.predicted(clue).expect("pairs")
}

fn length(rng: &mut impl Rng) -> usize {
    rng.random_range(10..60)
}

const STOP: &[u32] = &[5];
const SEMICOLON: &[u32] = &[6];
const CLOSED: &[u32] = &[5, 7];
const NONE: &[u32] = &[4];

#[test]
fn what_tells_nothing_is_about_one_half() {
    for clue in [Clue::MissingEnds, Clue::Ends, Clue::LengthsAndEnds] {
        let predicted = predicted(clue, |label, rng| {
            let ends = [STOP, SEMICOLON, CLOSED, NONE];
            let mut end = || ends[rng.random_range(0..4)];
            let ends = [end(), end()];
            pair(Some(label), [length(rng), length(rng)], ends)
        });
        assert_eq!(predicted.n_pairs, 4000);
        assert!(
            (predicted.share - 0.5).abs() < 0.024,
            "{clue:?} {predicted:?}"
        ); // three standard errors
    }
}

#[test]
fn a_label_that_ends_tell_is_told() {
    let predicted = predicted(Clue::Ends, |label, rng| {
        let ends = if label == 1 {
            [NONE, STOP]
        } else {
            [STOP, NONE]
        };
        // One pair in two reveals the label.
        let ends = if rng.random_bool(0.5) {
            ends
        } else {
            [STOP, STOP]
        };
        pair(Some(label), [length(rng), length(rng)], ends)
    });
    assert!((predicted.share - 0.75).abs() < 0.024, "{predicted:?}");
}

#[test]
fn which_mark_ends_a_text_is_not_seen_by_who_sees_missing_marks() {
    let draw = |label, _: &mut Generator| {
        let ends = if label == 1 {
            [SEMICOLON, CLOSED]
        } else {
            [CLOSED, SEMICOLON]
        };
        pair(Some(label), [30, 30], ends)
    };
    assert!((predicted(Clue::MissingEnds, draw).share - 0.5).abs() < 0.024);
    assert!(predicted(Clue::Ends, draw).share > 0.99);
    // A comma is no end, and an unknown piece counts as a closing mark.
    let draw = |label, _: &mut Generator| {
        let ends: [&[u32]; 2] = if label == 1 {
            [&[8], &[5, 1]]
        } else {
            [&[5, 1], &[4, 8]]
        };
        pair(Some(label), [30, 30], ends)
    };
    assert!(predicted(Clue::MissingEnds, draw).share > 0.99);
}

#[test]
fn a_label_that_only_both_ends_together_tell_is_told() {
    let predicted = predicted(Clue::Ends, |label, rng| {
        let first = if rng.random_bool(0.5) { STOP } else { CLOSED };
        let other = if first == STOP { CLOSED } else { STOP };
        pair(
            Some(label),
            [30, 30],
            [first, if label == 1 { first } else { other }],
        )
    });
    assert!(predicted.share > 0.99, "{predicted:?}");
}

#[test]
fn a_label_that_lengths_tell_is_told_by_lengths_alone() {
    let draw = |label, rng: &mut Generator| {
        let a = length(rng);
        // In order both fill up 64 pieces, otherwise B has any length.
        let b = if label == 0 { 64 - a } else { length(rng) };
        pair(Some(label), [a, b.max(2)], [STOP, STOP])
    };
    assert!(predicted(Clue::LengthsAndEnds, draw).share > 0.8);
    assert!((predicted(Clue::Ends, draw).share - 0.5).abs() < 0.024);
}

#[test]
fn pairs_without_a_label_are_left_out() {
    let mut audit = OrderAudit::new(&vocabulary());
    for label in [None, Some(1), None] {
        audit.add(&pair(label, [5, 5], [STOP, STOP]));
    }
    assert_eq!(audit.predicted(Clue::Ends), None);
}

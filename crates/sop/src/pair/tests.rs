//! Tests of boundary, order and next sentence.

use std::sync::Arc;

use proptest::prelude::*;
use segment::{ByteSpan, PieceId, Specials};

use super::{Pair, PairDraw, PairObjective, draw_pair};
use crate::example::{Example, ExampleSource};
use crate::key::ExampleKey;

const SPECIALS: Specials = Specials {
    pad: PieceId::new(0),
    unk: PieceId::new(1),
    cls: PieceId::new(2),
    sep: PieceId::new(3),
    mask: None,
};

/// An example whose units have two pieces each; `sentences` has the number of units of each sentence. Ids count up from
/// `first`.
fn example(key: u64, first: u32, sentences: &[u32]) -> Example {
    let n_units: u32 = sentences.iter().sum();
    let pieces = (first..first + 2 * n_units).map(PieceId::new).collect();
    let unit_ends = (1..=n_units).map(|unit| 2 * unit).collect();
    let sentence_ends = sentences
        .iter()
        .scan(0, |end, n| {
            *end += n;
            Some(*end)
        })
        .collect();
    let source = ExampleSource {
        path: Arc::from("a.txt"),
        record: 0,
        text: ByteSpan::new(0, 1),
    };
    Example::new(
        ExampleKey::from_raw(key),
        source,
        pieces,
        unit_ends,
        sentence_ends,
    )
    .expect("whole")
}

fn pair(example: &Example, objective: PairObjective, epoch: u64) -> Pair {
    let draw = PairDraw {
        objective,
        seed: 1,
        epoch,
        max_length: 24,
    };
    draw_pair(example, &draw, &SPECIALS, |_| {
        Some(self::example(99, 500, &[4, 4]))
    })
}

fn ids(pair: &Pair) -> Vec<u32> {
    pair.input_ids.iter().map(|id| id.get()).collect()
}

#[test]
fn segment_ids_follow_the_order_in_which_texts_are_shown() {
    let example = example(7, 10, &[1, 2]);
    let shown: Vec<Pair> = (0..20)
        .map(|epoch| pair(&example, PairObjective::Sop, epoch))
        .collect();
    let in_order = shown
        .iter()
        .find(|p| p.order_label == Some(0))
        .expect("½ of 20");
    assert_eq!(ids(in_order), [2, 10, 11, 3, 12, 13, 14, 15, 3]);
    assert_eq!(in_order.segment_ids, [0, 0, 0, 0, 1, 1, 1, 1, 1]);
    let swapped = shown
        .iter()
        .find(|p| p.order_label == Some(1))
        .expect("½ of 20");
    assert_eq!(ids(swapped), [2, 12, 13, 14, 15, 3, 10, 11, 3]);
    assert_eq!(swapped.segment_ids, [0, 0, 0, 0, 0, 0, 1, 1, 1]);
    assert_eq!(swapped.n_units_first, 2);
}

#[test]
fn the_boundary_is_uniform_over_the_sentence_boundaries_inside() {
    let mut counts = [0; 3];
    for key in 0..6000 {
        let pair = pair(&example(key, 10, &[1, 1, 1, 1]), PairObjective::Nsp, 0);
        if pair.order_label == Some(0) {
            counts[pair.n_units_first - 1] += 1;
        }
    }
    let total: u32 = counts.iter().sum();
    for count in counts {
        assert!(
            (f64::from(count) / f64::from(total) - 1.0 / 3.0).abs() < 0.03,
            "{counts:?}"
        );
    }
}

#[test]
fn half_of_the_examples_are_swapped() {
    let swapped = (0..4000)
        .filter(|key| {
            pair(&example(*key, 10, &[1, 1]), PairObjective::Sop, 0).order_label == Some(1)
        })
        .count();
    assert!((1880..2120).contains(&swapped), "{swapped}");
}

#[test]
fn a_next_sentence_pair_shrinks_at_unit_boundaries_from_the_longer_text() {
    let example = example(7, 10, &[6, 4]);
    let shown: Vec<Pair> = (0..20)
        .map(|epoch| pair(&example, PairObjective::Nsp, epoch))
        .collect();
    let other = shown
        .iter()
        .find(|p| p.order_label == Some(1))
        .expect("½ of 20");
    assert!(other.input_ids.len() <= 24);
    assert!(other.input_ids.iter().any(|id| id.get() >= 500));
    assert!(other.units.iter().all(|unit| unit.n_pieces == 2));
    let starts_even =
        |unit: &segment::UnitSpan| other.input_ids[unit.start as usize].get().is_multiple_of(2);
    assert!(other.units.iter().all(starts_even), "no unit is cut");
}

#[test]
fn a_next_sentence_pair_of_two_units_that_do_not_fit_stays_in_order() {
    let two_units = |key, first: u32, n_pieces: [u32; 2]| {
        let end = n_pieces[0] + n_pieces[1];
        let pieces = (first..first + end).map(PieceId::new).collect();
        let source = example(key, first, &[1]).source().clone();
        let ends = vec![n_pieces[0], end];
        Example::new(ExampleKey::from_raw(key), source, pieces, ends, vec![1, 2]).expect("whole")
    };
    let draw = PairDraw {
        objective: PairObjective::Nsp,
        seed: 1,
        epoch: 0,
        max_length: 24,
    };
    for key in 0..50 {
        let other = two_units(99, 500, [4, 12]);
        let one = two_units(key, 10, [12, 4]);
        let pair = draw_pair(&one, &draw, &SPECIALS, |_| Some(other));
        assert_eq!((pair.input_ids.len(), pair.order_label), (19, Some(0)));
    }
}

#[test]
fn without_a_pair_there_is_one_text_and_no_label() {
    let pair = pair(&example(7, 10, &[1, 1]), PairObjective::None, 0);
    assert_eq!(ids(&pair), [2, 10, 11, 12, 13, 3]);
    assert_eq!((pair.order_label, pair.n_units_first), (None, 2));
}

proptest! {
    #[test]
    fn units_tile_both_texts_and_no_special_is_in_one(
        sentences in prop::collection::vec(1_u32..5, 2..6), key: u64, epoch in 0_u64..5,
    ) {
        let pair = pair(&example(key, 10, &sentences), PairObjective::Sop, epoch);
        let mut in_unit = vec![false; pair.input_ids.len()];
        for unit in &pair.units {
            for position in unit.range() {
                prop_assert!(!in_unit[position]);
                in_unit[position] = true;
            }
        }
        for (position, id) in pair.input_ids.iter().enumerate() {
            prop_assert_eq!(in_unit[position], id.get() >= 10);
        }
    }
}

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
    pair_with(example, objective, epoch, || {
        Some(self::example(99, 500, &[4, 4]))
    })
}

fn pair_with(
    example: &Example,
    objective: PairObjective,
    epoch: u64,
    mut other: impl FnMut() -> Option<Example>,
) -> Pair {
    let draw = PairDraw {
        objective,
        seed: 1,
        epoch,
    };
    draw_pair(example, &draw, &SPECIALS, |_| other())
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
    for key in 0..12_000 {
        let pair = pair(&example(key, 10, &[1, 1, 1, 1]), PairObjective::Sop, 0);
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

/// The pieces of the texts of a pair: before the first `[SEP]`, and behind it.
fn texts(pair: &Pair) -> [Vec<u32>; 2] {
    let ids = ids(pair);
    let n_first = pair.segment_ids.partition_point(|segment| *segment == 0);
    [
        ids[1..n_first - 1].to_vec(),
        ids[n_first..ids.len() - 1].to_vec(),
    ]
}

#[test]
fn text_b_of_a_next_sentence_pair_follows_a_or_comes_from_another_document() {
    let example = example(7, 10, &[6, 4]);
    let mut labels = [0; 2];
    for epoch in 0..400 {
        let pair = pair(&example, PairObjective::Nsp, epoch);
        let [a, b] = texts(&pair);
        let label = pair.order_label.expect("a label");
        labels[usize::from(label)] += 1;
        // A lies before the boundary of its example, B behind it or behind the boundary of the other example.
        assert!(a.iter().all(|id| (10..22).contains(id)), "{a:?}");
        let behind = if label == 0 { 22..30 } else { 508..516 };
        assert!(b.iter().all(|id| behind.contains(id)), "{label} {b:?}");
        assert!(pair.units.iter().all(|unit| unit.n_pieces == 2));
        let starts_even =
            |unit: &segment::UnitSpan| ids(&pair)[unit.start as usize].is_multiple_of(2);
        assert!(pair.units.iter().all(starts_even), "no unit is cut");
    }
    assert!((160..240).contains(&labels[0]), "{labels:?}");
}

/// Method §3.4: whether the other document's sentences are longer or shorter, both labels have the same lengths.
#[test]
fn the_lengths_of_a_next_sentence_pair_do_not_depend_on_its_label() {
    const N: u64 = 4000;
    let sentences: [u32; 8] = [3, 5, 2, 9, 1, 7, 4, 6];
    let turned = |by: usize| -> Vec<u32> { (0..8).map(|i| sentences[(i + by) % 8]).collect() };
    let mut sums = [[0.0; 3]; 2];
    for key in 0..N {
        let one = example(key, 10, &turned(key as usize % 8));
        let other = |n| example(n, 500, &turned(n as usize % 8));
        let pair = pair_with(&one, PairObjective::Nsp, 0, || Some(other(key / 8)));
        let [a, b] = texts(&pair);
        let of_label = &mut sums[usize::from(pair.order_label.expect("a label"))];
        for (sum, value) in of_label.iter_mut().zip([1, a.len(), b.len()]) {
            *sum += value as f64;
        }
    }
    let [next, not_next] = sums.map(|[n, a, b]| [n / N as f64, a / n, b / n]);
    for (next, not_next, tolerance) in [
        (next[0], not_next[0], 0.05),
        (next[1], not_next[1], 2.0),
        (next[2], not_next[2], 2.0),
    ] {
        assert!((next - not_next).abs() < tolerance, "{sums:?}");
    }
}

#[test]
fn a_next_sentence_pair_has_no_label_if_no_other_document_is_found() {
    for epoch in 0..20 {
        let one = example(7, 10, &[1, 2]);
        let pair = pair_with(&one, PairObjective::Nsp, epoch, || None);
        assert_eq!(ids(&pair), [2, 10, 11, 3, 12, 13, 14, 15, 3]);
        assert_eq!(pair.order_label, None);
    }
}

#[test]
fn another_document_is_drawn_again_if_its_example_has_no_boundary() {
    let one = example(7, 10, &[1, 8]);
    let mut n_draws = 0;
    for epoch in 0..50 {
        let pair = pair_with(&one, PairObjective::Nsp, epoch, || {
            n_draws += 1;
            let sentences: &[u32] = if n_draws % 3 == 0 { &[1, 8] } else { &[9] };
            Some(example(99, 500, sentences))
        });
        let [_, b] = texts(&pair);
        assert!(b.len() >= 8, "at least half of what both have: {b:?}");
        assert!(pair.order_label.is_some());
    }
    assert_eq!(n_draws, 150);
}

#[test]
fn a_next_sentence_pair_of_two_units_that_do_not_fit_has_no_label() {
    let two_units = |key, first: u32, n_pieces: [u32; 2]| {
        let end = n_pieces[0] + n_pieces[1];
        let pieces = (first..first + end).map(PieceId::new).collect();
        let source = example(key, first, &[1]).source().clone();
        let ends = vec![n_pieces[0], end];
        Example::new(ExampleKey::from_raw(key), source, pieces, ends, vec![1, 2]).expect("whole")
    };
    for key in 0..50 {
        let one = two_units(key, 10, [12, 4]);
        let other = || Some(two_units(99, 500, [4, 12]));
        let pair = pair_with(&one, PairObjective::Nsp, 0, other);
        assert_eq!((pair.input_ids.len(), pair.order_label), (19, None));
    }
}

#[test]
fn an_example_of_one_sentence_is_one_text_without_a_label() {
    for objective in [PairObjective::Sop, PairObjective::Nsp, PairObjective::None] {
        let pair = pair(&example(7, 10, &[3]), objective, 0);
        assert_eq!(ids(&pair), [2, 10, 11, 12, 13, 14, 15, 3]);
        assert_eq!(pair.segment_ids, [0; 8]);
        assert_eq!((pair.order_label, pair.n_units_first), (None, 3));
    }
}

/// Method §3.3: the missing end mark of a cut sentence would reveal the order.
#[test]
fn a_boundary_inside_a_cut_sentence_gives_texts_in_order_without_a_label() {
    let cut = |cut_ends: &[u32]| {
        let example = example(7, 10, &[1, 1, 1]);
        example.with_cut_ends(cut_ends.to_vec()).expect("valid")
    };
    for epoch in 0..60 {
        // The boundary behind the first sentence is cut, the one behind the second is not.
        let sop = pair(&cut(&[0]), PairObjective::Sop, epoch);
        let in_order = ids(&sop)[1] == 10;
        let is_cut = in_order && sop.n_units_first == 1;
        assert_eq!(sop.order_label.is_none(), is_cut, "{:?}", ids(&sop));
        // Where the run ends inside a cut sentence, the text before the last [SEP] would tell.
        let at_end = pair(&cut(&[2]), PairObjective::Sop, epoch);
        assert_eq!((ids(&at_end)[1], at_end.order_label), (10, None));
        let nsp = pair(&cut(&[0, 1]), PairObjective::Nsp, epoch);
        assert_eq!((ids(&nsp)[1], nsp.order_label), (10, None));
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

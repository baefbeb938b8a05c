//! Next-sentence pairs over shards (method §3.3, §3.4).

use fixtures::{Prepared, document};
use shard::Split;
use sop::{Example, PairObjective};

use crate::rows::PREPARED;

#[test]
fn the_second_text_of_half_the_pairs_is_from_another_document() {
    let examples = PREPARED
        .examples_with(Split::Train, PairObjective::Nsp, 7)
        .unwrap();
    let shards: Vec<Example> = examples.shards()[0]
        .iter()
        .collect::<Result<_, _>>()
        .unwrap();
    let (mut n_other, mut n_pairs) = (0, 0);
    for epoch in 0..4 {
        for (index, example) in shards.iter().enumerate() {
            let pair = examples.drawn(index, epoch).unwrap().pair;
            assert!(
                pair.input_ids.len() <= 40,
                "{} pieces",
                pair.input_ids.len()
            );
            assert_eq!(pair, examples.drawn(index, epoch).unwrap().pair);
            let n_first = pair.segment_ids.partition_point(|segment| *segment == 0);
            let second = &pair.input_ids[n_first..pair.input_ids.len() - 1];
            let holds = |other: &Example| {
                other
                    .pieces()
                    .windows(second.len())
                    .any(|pieces| pieces == second)
            };
            if pair.order_label == Some(1) {
                let is_other = |other: &&Example| other.source().record != example.source().record;
                assert!(shards.iter().filter(is_other).any(holds));
                n_other += 1;
            } else {
                assert!(holds(example));
            }
            n_pairs += u32::from(pair.order_label.is_some());
        }
    }
    let share = f64::from(n_other) / f64::from(n_pairs);
    assert!((0.4..0.6).contains(&share), "{share}");
}

#[test]
fn with_a_single_document_a_next_sentence_pair_has_no_label() {
    let prepared = Prepared::of(&document(0));
    let examples = prepared
        .examples_with(Split::Train, PairObjective::Nsp, 7)
        .unwrap();
    for epoch in 0..20 {
        assert_eq!(examples.drawn(0, epoch).unwrap().pair.order_label, None);
    }
}

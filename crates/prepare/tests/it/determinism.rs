//! The same input and config give the same shards, byte for byte (method §7).

use fixtures::Preparation;
use shard::Split;

use crate::preparation::{preparation_of, text};

#[test]
fn one_thread_and_eight_write_the_same_bytes() {
    // More documents than a chunk holds.
    let text: String = (0..25)
        .map(|n| text().replace('第', &format!("{n}号第")))
        .collect();
    let files = [1, 8].map(|threads| {
        let home = tempfile::tempdir().unwrap();
        let preparation = Preparation {
            threads,
            ..preparation_of(home.path(), &text)
        };
        let finished = preparation.run().unwrap();
        assert!(finished.manifest.counts.documents > prepare::CHUNK_DOCUMENTS as u64);
        fixtures::bytes_below(&preparation.shards())
    });
    assert!(files[0].len() > 20, "{:?}", files[0].keys());
    assert!(files[0] == files[1], "the bytes differ");
}

#[test]
fn another_seed_holds_out_other_documents() {
    let [seven, eight] = [7, 8].map(|seed| {
        let home = tempfile::tempdir().unwrap();
        let preparation = Preparation {
            seed,
            ..preparation_of(home.path(), &text())
        };
        preparation.run().unwrap();
        preparation.examples(Split::HeldOut)
    });
    assert!(!seven.is_empty() && !eight.is_empty());
    assert_ne!(seven, eight);
}

#[test]
fn documents_stay_in_order_and_on_one_side() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text());
    preparation.run().unwrap();
    let records = |split| -> Vec<u64> {
        let examples = preparation.examples(split);
        examples
            .iter()
            .map(|example| example.source().record)
            .collect()
    };
    let (train, held_out) = (records(Split::Train), records(Split::HeldOut));
    assert!(train.is_sorted() && held_out.is_sorted());
    assert!(held_out.iter().all(|record| !train.contains(record)));
}

#[test]
fn equal_documents_are_on_one_side_with_equal_pieces_and_different_keys() {
    // Method §8.15.
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text().repeat(2));
    let counts = preparation.run().unwrap().manifest.counts;
    assert_eq!(counts.held_out_documents % 2, 0);
    assert!(counts.held_out_documents > 0);
    for split in [Split::Train, Split::HeldOut] {
        let examples = preparation.examples(split);
        let is_first = |example: &sop::Example| example.source().record < text().len() as u64;
        let (first, second): (Vec<_>, Vec<_>) = examples.into_iter().partition(is_first);
        for (one, other) in first.iter().zip(&second) {
            assert_ne!(one.key(), other.key());
        }
        // Target lengths are drawn from keys, so equal documents may be cut into different runs of sentences; the pieces
        // are the same.
        let pieces = |examples: &[sop::Example]| -> Vec<_> {
            examples
                .iter()
                .flat_map(|example| example.pieces().to_vec())
                .collect()
        };
        let lost = pieces(&first).len().abs_diff(pieces(&second).len());
        assert!(lost < 100, "{lost} pieces");
    }
}

//! Batches of held-out examples, and the unigram baseline that a model is compared with (method §6).

use dataset::{
    Batch, EVALUATION_EPOCH, detection_without_context, evaluation_batches, label_counts,
    unigram_baseline,
};
use segment::UnitSpan;
use shard::Split;

use crate::rows::{PREPARED, rows};

/// The held-out batches.
fn held_out(batch_size: usize) -> Vec<Batch> {
    let examples = PREPARED.examples(Split::HeldOut);
    evaluation_batches(&examples, batch_size)
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn every_example_comes_once_in_the_order_of_the_shards() {
    let shards = PREPARED.shards(Split::HeldOut);
    let keys: Vec<_> = shards
        .iter()
        .map(|example| example.unwrap().key())
        .collect();
    let batches = held_out(4);
    let found: Vec<_> = rows(&batches).iter().map(|row| row.key).collect();
    assert_eq!(found, keys);
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.n_examples).collect();
    assert!(
        sizes[..sizes.len() - 1].iter().all(|size| *size == 4),
        "{sizes:?}"
    );
    assert_eq!(sizes[sizes.len() - 1], (keys.len() - 1) % 4 + 1);
}

#[test]
fn held_out_masks_are_fixed_and_are_not_those_of_an_epoch() {
    let rows_of = |batch_size| rows(&held_out(batch_size));
    assert_eq!(rows_of(4), rows_of(4));
    assert_eq!(rows_of(4), rows_of(1));
    let examples = PREPARED.examples(Split::HeldOut);
    let positions = |epoch| examples.drawn(0, epoch).unwrap().masked.positions;
    assert_ne!(positions(EVALUATION_EPOCH), positions(0));
    assert!(held_out(4).iter().all(|batch| batch.dropout_seed == 0));
}

#[test]
fn the_unigram_baseline_is_the_cross_entropy_of_training_frequencies() {
    let (train, held_out_side) = (
        PREPARED.examples(Split::Train),
        PREPARED.examples(Split::HeldOut),
    );
    let counts = label_counts(&train).unwrap();
    let all = (0..8).flat_map(|epoch| (0..train.len()).map(move |index| (index, epoch)));
    let n_labels: usize = all
        .map(|(index, epoch)| train.drawn(index, epoch).unwrap().masked.labels.len())
        .sum();
    assert_eq!(counts.iter().sum::<u64>(), n_labels as u64);

    let baseline = unigram_baseline(&counts, &held_out_side).unwrap();
    let labels: Vec<usize> = rows(&held_out(8))
        .iter()
        .flat_map(|row| row.masked.iter().map(|masked| masked.label as usize))
        .collect();
    let total = (n_labels + counts.len()) as f64;
    let nats: f64 = labels
        .iter()
        .map(|label| (total / (counts[*label] + 1) as f64).ln())
        .sum();
    assert!((baseline.loss - nats / labels.len() as f64).abs() < 1e-12);
    let commonest = (0..counts.len())
        .rev()
        .max_by_key(|label| counts[*label])
        .unwrap();
    let n_commonest = labels.iter().filter(|label| **label == commonest).count();
    assert!((baseline.commonest_share - n_commonest as f64 / labels.len() as f64).abs() < 1e-12);
    assert_eq!(baseline.n_labels, labels.len() as u64);
}

#[test]
fn a_baseline_without_training_labels_is_uniform() {
    let held_out_side = PREPARED.examples(Split::HeldOut);
    let nothing = vec![0; PREPARED.vocabulary.len()];
    let baseline = unigram_baseline(&nothing, &held_out_side).unwrap();
    let even = (PREPARED.vocabulary.len() as f64).ln();
    assert!(
        (baseline.loss - even).abs() < 1e-9,
        "{} nats",
        baseline.loss
    );
}

/// The held-out examples are what the classifier without context is tested on; training examples are what it knows.
#[test]
fn detection_without_context_counts_the_replaced_words_of_the_held_out_examples() {
    let (train, held_out_side) = (
        PREPARED.examples(Split::Train),
        PREPARED.examples(Split::HeldOut),
    );
    let detection = detection_without_context(&train, &held_out_side).unwrap();
    let (mut n_words, mut n_replaced) = (0, 0);
    for index in 0..held_out_side.len() {
        let drawn = held_out_side.drawn(index, EVALUATION_EPOCH).unwrap();
        let (masked, pair) = (&drawn.masked, &drawn.pair);
        let changed =
            |unit: &&UnitSpan| pair.input_ids[unit.range()] != masked.input_ids[unit.range()];
        n_words += pair.units.len() as u64;
        n_replaced += pair.units.iter().filter(changed).count() as u64;
    }
    assert_eq!(
        (detection.n_words, detection.n_replaced),
        (n_words, n_replaced)
    );
    assert!(detection.n_found <= detection.n_called && detection.n_found <= detection.n_replaced);
    assert!(n_replaced > 0 && detection.n_called < detection.n_words);
}

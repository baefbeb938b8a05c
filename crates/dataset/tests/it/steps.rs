//! What a step holds: rows, micro-batches, padding and the objectives that were drawn.

use dataset::{DatasetError, TrainingExamples};
use fixtures::{Prepared, document, documents};
use masking::ObjectiveName;
use segment::Vocabulary;
use shard::Split;
use sop::PairObjective;

use crate::rows::{LAST, PREPARED, rows};

#[test]
fn micro_batches_of_any_size_hold_the_same_examples_in_order() {
    let examples = PREPARED.examples(Split::Train);
    for step in [1, 2, 9] {
        let whole = examples.step(step, LAST, 8, 8).unwrap();
        assert_eq!(whole.micro_batches.len(), 1);
        for (micro_batch, n) in [(4, 2), (1, 8), (3, 3), (100, 1)] {
            let split = examples.step(step, LAST, 8, micro_batch).unwrap();
            assert_eq!(split.micro_batches.len(), n);
            assert_eq!(rows(&split.micro_batches), rows(&whole.micro_batches));
            let sums =
                |step: &dataset::StepBatch| (step.n_labels, step.n_order_labels, step.n_tokens);
            assert_eq!(sums(&split), sums(&whole));
        }
    }
}

#[test]
fn every_micro_batch_has_its_own_dropout_seed_and_keeps_it() {
    let examples = PREPARED.examples(Split::Train);
    let seeds = |step| -> Vec<u64> {
        let batches = examples.step(step, LAST, 8, 2).unwrap().micro_batches;
        batches.iter().map(|batch| batch.dropout_seed).collect()
    };
    let mut all = [seeds(1), seeds(2)].concat();
    assert_eq!(all, [seeds(1), seeds(2)].concat());
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 8);
}

#[test]
fn padding_counts_in_no_length_and_no_label() {
    let examples = PREPARED.examples(Split::Train);
    let pad = PREPARED.vocabulary.specials().pad.get() as i32;
    let step = examples.step(3, LAST, 16, 16).unwrap();
    let batch = &step.micro_batches[0];
    let n_masked: usize = rows([batch]).iter().map(|row| row.masked.len()).sum();
    assert_eq!(n_masked, batch.masked_indices.len());
    assert!(
        batch
            .masked_indices
            .is_sorted_by(|before, next| before < next)
    );
    assert_eq!(batch.length, *batch.lengths.iter().max().unwrap() as usize);
    assert!(
        batch
            .lengths
            .iter()
            .any(|length| (*length as usize) < batch.length)
    );
    for (row, length) in batch.lengths.iter().enumerate() {
        let padding = row * batch.length + *length as usize..(row + 1) * batch.length;
        assert!(batch.input_ids[padding.clone()].iter().all(|id| *id == pad));
        assert!(
            batch.segment_ids[padding]
                .iter()
                .all(|segment| *segment == 0)
        );
    }
    let n_tokens: u64 = batch.lengths.iter().map(|length| u64::from(*length)).sum();
    assert_eq!((step.n_tokens, step.n_labels), (n_tokens, n_masked as u64));
}

#[test]
fn a_row_holds_what_was_drawn_for_its_example() {
    let examples = PREPARED.examples(Split::Train);
    let shards = &examples.shards()[0];
    for row in rows(&examples.step(1, LAST, 16, 5).unwrap().micro_batches) {
        let is_it = |index: &usize| shards.example(*index).unwrap().key() == row.key;
        let index = (0..shards.len()).find(is_it).unwrap();
        let drawn = examples.drawn(index, 0).unwrap();
        let original: Vec<i32> = drawn
            .pair
            .input_ids
            .iter()
            .map(|id| id.get() as i32)
            .collect();
        assert_eq!(row.order_label, drawn.pair.order_label.map(i32::from));
        assert!(!row.masked.is_empty());
        let mut restored = row.input_ids.clone();
        for masked in &row.masked {
            restored[masked.position as usize] = masked.label;
        }
        assert_eq!(restored, original);
    }
}

#[test]
fn every_objective_and_pair_objective_makes_batches() {
    for objective in ObjectiveName::ALL {
        for pairs in [PairObjective::Sop, PairObjective::Nsp, PairObjective::None] {
            let masker = PREPARED.masker(objective);
            let shards = PREPARED.shards(Split::Train);
            let examples = TrainingExamples::new(shards, masker, pairs, 7).unwrap();
            let step = examples.step(1, LAST, 32, 8).unwrap();
            // Halves of a cut sentence have no order label.
            let expect = match pairs {
                PairObjective::None => 0..=0,
                _ => 20..=31,
            };
            assert!(
                expect.contains(&step.n_order_labels),
                "{objective:?} {pairs:?}: {}",
                step.n_order_labels
            );
            let labelled = rows(&step.micro_batches).into_iter();
            let labelled = labelled.filter(|row| row.order_label.is_some());
            assert_eq!(labelled.count() as u64, step.n_order_labels);
            assert!(step.n_labels > 0);
        }
    }
}

#[test]
fn equal_documents_have_different_keys_and_masks() {
    // Method §8.15.
    let prepared = Prepared::of(&document(0).repeat(2));
    let examples = prepared
        .examples_with(Split::Train, PairObjective::None, 7)
        .unwrap();
    let [first, second] = [0, 1].map(|half| {
        let index = half * examples.len() / 2;
        examples.drawn(index, 0).unwrap()
    });
    assert_ne!(first.key, second.key);
    let common = first.pair.input_ids.len().min(second.pair.input_ids.len()) - 1;
    assert_eq!(
        first.pair.input_ids[..common],
        second.pair.input_ids[..common]
    );
    assert_ne!(first.masked.positions, second.masked.positions);
}

#[test]
fn a_masker_of_another_vocabulary_is_refused() {
    let other = Prepared::of(&documents(9));
    let pieces = PREPARED.vocabulary.to_text() + "龘\n";
    let vocabulary = Vocabulary::parse(&pieces).unwrap();
    let objective = ObjectiveName::AllMask.objective();
    let masker = masking::Masker::new(objective, vocabulary.into(), None).unwrap();
    let shards = other.shards(Split::Train);
    let refused = TrainingExamples::new(shards, masker.into(), PairObjective::Sop, 1);
    let message = refused.err().unwrap().to_string();
    assert!(message.contains(other.vocabulary.sha256()), "{message}");
    assert!(
        message.contains("were made with the vocabulary"),
        "{message}"
    );
}

#[test]
fn a_side_without_examples_is_refused() {
    let prepared = Prepared::of(&document(0));
    let refused = prepared.examples_with(Split::HeldOut, PairObjective::Sop, 1);
    let error = refused.err().unwrap();
    assert!(matches!(error, DatasetError::Empty { .. }), "{error}");
    let message = fixtures::message(error, prepared.home(), "FOLDER");
    insta::assert_snapshot!(message, @"the shards in FOLDER/shards hold no held_out example; prepare more text, or change shards.held_out_share");
}

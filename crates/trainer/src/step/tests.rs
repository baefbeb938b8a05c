//! One step, however its examples are divided.

use burn::tensor::Device;
use dataset::{Batch, StepBatch};
use device::numbers;
use model::{BertConfig, BertForPreTraining};

use super::forward_and_backward;

const LENGTHS: [u32; 8] = [13, 7, 15, 11, 5, 15, 9, 12];
const N_PIECES: usize = 50;

pub(crate) fn model(dropout: f64, device: Device) -> BertForPreTraining {
    let config = BertConfig {
        num_attention_heads: 4,
        intermediate_size: 64,
        hidden_dropout_prob: dropout,
        attention_probs_dropout_prob: dropout,
        initializer_range: 0.2,
        max_position_embeddings: 15,
        ..BertConfig::new(N_PIECES, 2, 32)
    };
    BertForPreTraining::new(&config, &device.autodiff(), 3).expect("a model")
}

/// Rows of unequal lengths, with 1 to 3 labels each: means of means would differ.
fn micro_batch(rows: &[usize], dropout_seed: u64) -> Batch {
    let length = rows.iter().map(|row| LENGTHS[*row]).max().expect("a row") as usize;
    let mut batch = Batch {
        n_examples: rows.len(),
        length,
        dropout_seed,
        ..Batch::default()
    };
    for (place, row) in rows.iter().enumerate() {
        let n = LENGTHS[*row] as usize;
        let id = |i: usize| {
            if i < n {
                (row * 7 + i * 3) % (N_PIECES - 1) + 1
            } else {
                0
            }
        };
        batch.input_ids.extend((0..length).map(|i| id(i) as i32));
        batch
            .segment_ids
            .extend((0..length).map(|i| i32::from(i > n / 2 && i < n)));
        batch.lengths.push(n as u32);
        for masked in 0..=row % 3 {
            batch
                .masked_indices
                .push((place * length + 1 + masked) as i32);
            batch
                .masked_labels
                .push(((row + masked * 11) % N_PIECES) as i32);
        }
        batch.order_labels.push((row % 2) as i32);
    }
    batch
}

pub(crate) fn step(micro_batch_size: usize) -> StepBatch {
    let rows: Vec<usize> = (0..LENGTHS.len()).collect();
    let micro_batches: Vec<Batch> = rows
        .chunks(micro_batch_size)
        .zip(1..)
        .map(|(rows, seed)| micro_batch(rows, seed))
        .collect();
    let n_labels = micro_batches
        .iter()
        .map(|batch| batch.masked_labels.len() as u64);
    StepBatch {
        step: 1,
        epoch: 0,
        n_labels: n_labels.sum(),
        n_order_labels: 8,
        n_tokens: LENGTHS.iter().map(|n| u64::from(*n)).sum(),
        micro_batches,
    }
}

struct Outcome {
    losses: [f64; 2],
    norm: f64,
    gradients: Vec<(String, Vec<f64>)>,
}

fn outcome(micro_batch_size: usize, dropout: f64) -> Outcome {
    let model = model(dropout, Device::flex());
    let (mut gradients, losses) =
        forward_and_backward(&model, &step(micro_batch_size)).expect("gradients");
    let losses = numbers(losses);
    let norm = numbers(gradients.norm(&model.device()))[0];
    let by_name = gradients.by_name().iter();
    Outcome {
        losses: [losses[0], losses[1]],
        norm,
        gradients: by_name
            .map(|(name, gradient)| (name.clone(), numbers(gradient.clone())))
            .collect(),
    }
}

/// Design invariant 5, and method §5: gradients are those of one large batch.
#[test]
fn one_by_eight_four_by_two_and_eight_by_one_agree() {
    let whole = outcome(8, 0.0);
    for size in [2, 1] {
        let parts = outcome(size, 0.0);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs();
        assert!(
            close(parts.losses[0], whole.losses[0]),
            "{:?} {:?}",
            parts.losses,
            whole.losses
        );
        assert!(
            close(parts.losses[1], whole.losses[1]),
            "{:?} {:?}",
            parts.losses,
            whole.losses
        );
        assert!(
            close(parts.norm, whole.norm),
            "{} {}",
            parts.norm,
            whole.norm
        );
        for ((name, parts), (_, of_whole)) in parts.gradients.iter().zip(&whole.gradients) {
            let worst = parts.iter().zip(of_whole).map(|(a, b)| (a - b).abs());
            let worst = worst.fold(0.0, f64::max);
            assert!(
                worst <= 1e-6 * whole.norm,
                "{name}: {worst} of {}",
                whole.norm
            );
        }
    }
}

#[test]
fn every_parameter_has_a_gradient() {
    let gradients = outcome(8, 0.0).gradients;
    assert_eq!(gradients.len(), 46);
    let still = gradients
        .iter()
        .filter(|(_, gradient)| gradient.iter().all(|x| *x == 0.0));
    assert_eq!(still.count(), 0);
}

#[test]
fn dropout_is_drawn_from_the_seed_of_each_micro_batch() {
    let [first, again] = [(); 2].map(|()| outcome(2, 0.1));
    let bits = |outcome: &Outcome| {
        let gradients = outcome.gradients.iter().flat_map(|(_, values)| values);
        let values = outcome.losses.iter().chain(gradients);
        values.map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(bits(&first), bits(&again));
    assert_ne!(bits(&first), bits(&outcome(2, 0.0)));
}

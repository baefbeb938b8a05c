//! A tiny model and a step of eight examples, for tests.

use burn::tensor::Device;
use dataset::{Batch, NO_ORDER_LABEL, StepBatch};
use model::{BertConfig, BertForPreTraining};

/// Pieces of each of the eight examples.
const LENGTHS: [u32; 8] = [13, 7, 15, 11, 5, 15, 9, 12];
/// Pieces of the vocabulary.
const N_PIECES: usize = 50;

/// A model of two layers, 32 wide.
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

/// Rows of unequal lengths with 1 to 3 labels each, so that a mean of means differs from the mean.
fn micro_batch(rows: &[usize], dropout_seed: u64) -> Batch {
    let length = rows.iter().map(|row| LENGTHS[*row]).max().expect("a row") as usize;
    let mut batch = Batch {
        n_examples: rows.len(),
        length,
        dropout_seed,
        ..Batch::default()
    };
    for (row_index, row) in rows.iter().enumerate() {
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
                .push((row_index * length + 1 + masked) as i32);
            batch
                .masked_labels
                .push(((row + masked * 11) % N_PIECES) as i32);
        }
        batch.order_labels.push((row % 2) as i32);
    }
    batch
}

/// A step of a single one of the eight examples.
pub(crate) fn step_of(row: usize) -> StepBatch {
    StepBatch::new(1, 0, vec![micro_batch(&[row], 1)])
}

/// A step of eight examples in micro-batches of this size. The example `unlabelled` has no order label.
pub(crate) fn step_without_order_of(unlabelled: usize, micro_batch_size: usize) -> StepBatch {
    let mut micro_batches = step(micro_batch_size).micro_batches;
    let micro_batch = &mut micro_batches[unlabelled / micro_batch_size];
    micro_batch.order_labels[unlabelled % micro_batch_size] = NO_ORDER_LABEL;
    StepBatch::new(1, 0, micro_batches)
}

/// A step of eight examples in micro-batches of this size.
pub(crate) fn step(micro_batch_size: usize) -> StepBatch {
    let rows: Vec<usize> = (0..LENGTHS.len()).collect();
    let chunks = rows.chunks(micro_batch_size).zip(1..);
    let micro_batches = chunks.map(|(rows, seed)| micro_batch(rows, seed)).collect();
    StepBatch::new(1, 0, micro_batches)
}

//! Batches of held-out examples, whose masks are drawn once and stay fixed (method §6).

use crate::batch::Batch;
use crate::dataset::TrainingExamples;
use crate::drawn::Drawn;
use crate::error::DatasetError;

/// The epoch whose masks held-out examples have. No run reaches it.
pub const EVALUATION_EPOCH: u64 = u64::MAX;

/// Yields all examples of a side once, in the order of the shards, in batches. The last batch may be smaller.
pub fn evaluation_batches(
    examples: &TrainingExamples,
    batch_size: usize,
) -> impl Iterator<Item = Result<Batch, DatasetError>> + use<'_> {
    part_of_evaluation_batches(examples, batch_size, 0, 1)
}

/// Yields those of [`evaluation_batches`] whose number, from 0, is `part` modulo `n_parts`. The others are not drawn.
pub fn part_of_evaluation_batches(
    examples: &TrainingExamples,
    batch_size: usize,
    part: usize,
    n_parts: usize,
) -> impl Iterator<Item = Result<Batch, DatasetError>> + use<'_> {
    let batch_size = batch_size.max(1);
    let n = examples.len();
    let pad = examples.masker().vocabulary().specials().pad.get() as i32;
    let starts = (0..n).step_by(batch_size);
    let starts = starts.skip(part).step_by(n_parts.max(1));
    starts.map(move |start| {
        let drawn: Vec<Drawn> = (start..(start + batch_size).min(n))
            .map(|index| examples.drawn(index, EVALUATION_EPOCH))
            .collect::<Result<_, _>>()?;
        Ok(Batch::new(&drawn, pad))
    })
}

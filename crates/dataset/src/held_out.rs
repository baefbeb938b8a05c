//! Held-out batches: masks drawn once and fixed.

use crate::batch::{Batch, Drawn};
use crate::dataset::{ExampleSourceError, TrainingExamples};

/// Held-out masks are drawn in an epoch that no run reaches.
pub const EVALUATION_EPOCH: u64 = u64::MAX;

/// All examples of a side once, in the order of the shards, in batches; the last may be smaller.
pub fn evaluation_batches(
    examples: &TrainingExamples,
    batch_size: usize,
) -> impl Iterator<Item = Result<Batch, ExampleSourceError>> + use<'_> {
    let batch_size = batch_size.max(1);
    let n = examples.len();
    let pad = examples.masker().vocabulary().specials().pad.get() as i32;
    (0..n).step_by(batch_size).map(move |start| {
        let rows = start..(start + batch_size).min(n);
        let drawn: Vec<Drawn> = rows
            .map(|index| examples.drawn(index, EVALUATION_EPOCH))
            .collect::<Result<_, _>>()?;
        Ok(Batch::new(&drawn, pad))
    })
}

//! The examples of whole epochs, drawn on all cores: what every export of masked examples writes.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::dataset::TrainingExamples;
use crate::drawn::Drawn;
use crate::error::DatasetError;

/// How many examples are drawn and written at a time.
pub(crate) const CHUNK: usize = 4096;

/// Draws the examples of some epochs, in the order in which a run reads them, and returns how many there are.
///
/// `write` gets the examples a chunk at a time, and with each chunk the number of examples before it.
pub(crate) fn draw_epochs(
    examples: &TrainingExamples,
    epochs: RangeInclusive<u64>,
    mut write: impl FnMut(u64, &[Drawn]) -> Result<(), DatasetError>,
) -> Result<u64, DatasetError> {
    let n = examples.len();
    let mut n_done = 0;
    for epoch in epochs {
        let order = examples.order(epoch);
        for start in (0..n).step_by(CHUNK) {
            let drawn: Vec<Drawn> = (start..(start + CHUNK).min(n))
                .into_par_iter()
                .map(|position| examples.drawn(order.example(position as u64) as usize, epoch))
                .collect::<Result<_, _>>()?;
            write(n_done, &drawn)?;
            n_done += drawn.len() as u64;
        }
    }
    Ok(n_done)
}

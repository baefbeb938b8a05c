//! Examples for people who train elsewhere: with static masks, or unmasked sentences.

pub(crate) mod megatron;
pub(crate) mod parquet;
pub(crate) mod tfrecord;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::batch::Drawn;
use crate::dataset::{ExampleSourceError, TrainingExamples};

/// Examples that are drawn at once, and rows of a Parquet row group's batch.
const ROWS: usize = 4096;

/// What went wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The examples.
    #[error(transparent)]
    Examples(#[from] ExampleSourceError),
    /// The file.
    #[error("could not write {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

fn failed(out: &Path, reason: &dyn std::fmt::Display) -> ExportError {
    ExportError::Write {
        path: out.to_path_buf(),
        reason: reason.to_string(),
    }
}

/// Draws the examples of some epochs in the order that a run sees them, on all cores; `each` gets them a chunk at a time,
/// and with each chunk how many came before it. Returns how many there were.
fn draw_epochs(
    examples: &TrainingExamples,
    epochs: RangeInclusive<u64>,
    mut each: impl FnMut(u64, &[Drawn]) -> Result<(), ExportError>,
) -> Result<u64, ExportError> {
    let n = examples.len();
    let mut done = 0;
    for epoch in epochs {
        let order = examples.order(epoch);
        for start in (0..n).step_by(ROWS) {
            let drawn: Vec<Drawn> = (start..(start + ROWS).min(n))
                .into_par_iter()
                .map(|place| examples.drawn(order.example(place as u64) as usize, epoch))
                .collect::<Result<_, _>>()?;
            each(done, &drawn)?;
            done += drawn.len() as u64;
        }
    }
    Ok(done)
}

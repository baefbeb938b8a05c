//! How many masked positions formats with a fixed number of them have to hold.

use masking::{MaskUnit, most_masked};
use rayon::prelude::*;
use sop::Example;

use crate::dataset::TrainingExamples;
use crate::error::DatasetError;

/// The largest number of masked positions that an example can have: `max_predictions_per_seq` of BERT's programs.
///
/// It is the budget of the longest input at the largest rate of all steps, and the longest unit of these examples less one
/// piece (method §2.3). All examples are read for it.
pub fn max_predictions(examples: &TrainingExamples) -> Result<usize, DatasetError> {
    let rate = examples.masker().objective().largest_rate();
    let longest = longest_unit(examples)?;
    Ok(most_masked(rate, examples.max_length(), longest))
}

/// The pieces of the longest unit that may be masked.
fn longest_unit(examples: &TrainingExamples) -> Result<usize, DatasetError> {
    let objective = examples.masker().objective();
    if objective.unit == MaskUnit::Piece {
        return Ok(1);
    }
    let unknown = examples.masker().vocabulary().specials().unk;
    let of_example = |example: Example| {
        let mut starts_at = 0;
        let lengths = example.unit_ends().iter().map(|end| {
            let unit = &example.pieces()[starts_at..*end as usize];
            starts_at = *end as usize;
            if objective.mask_unknown || !unit.contains(&unknown) {
                unit.len()
            } else {
                0
            }
        });
        lengths.max().unwrap_or(0)
    };
    let mut longest = 0;
    for shards in examples.shards() {
        let lengths = (0..shards.len())
            .into_par_iter()
            .map(|index| shards.example(index).map(of_example));
        let of_folder = lengths.try_reduce(|| 0, |one, other| Ok(one.max(other)));
        longest = longest.max(of_folder?);
    }
    Ok(longest)
}

//! How many replaced words of the held-out examples are detected without context: from the word alone (method §6).

use masking::{Detection, WithoutContext};

use crate::dataset::TrainingExamples;
use crate::drawn::Drawn;
use crate::error::DatasetError;
use crate::held_out::EVALUATION_EPOCH;
use crate::sample::sample;

/// Trains the classifier that sees no context on training examples, and tests it on the held-out ones.
///
/// It is trained on as many training examples as [`label_counts`](crate::label_counts) counts.
pub fn detection_without_context(
    train: &TrainingExamples,
    held_out: &TrainingExamples,
) -> Result<Detection, DatasetError> {
    let masker = held_out.masker();
    let mut counts = WithoutContext::default();
    let mut add = |drawn: &Drawn, is_tested| {
        let pair = &drawn.pair;
        let units = masker.maskable(&pair.input_ids, &pair.units);
        counts.add(units, &drawn.masked, is_tested);
    };
    for (index, epoch) in sample(train) {
        add(&train.drawn(index, epoch)?, false);
    }
    for index in 0..held_out.len() {
        add(&held_out.drawn(index, EVALUATION_EPOCH)?, true);
    }
    Ok(counts.detection())
}

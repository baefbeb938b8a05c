//! What a model knows that sees no text: train frequencies of labels (method §6).

use crate::dataset::{ExampleSourceError, TrainingExamples};
use crate::held_out::EVALUATION_EPOCH;

/// At most so many training examples are drawn.
const MAX_EXAMPLES: usize = 50_000;
/// Every piece has been a label about once by then: the rate is 15 %.
const MAX_EPOCHS: usize = 8;

/// What guessing by frequency gives on the held-out labels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Baseline {
    /// Mean −ln p of the held-out labels under the train frequencies, in nats.
    pub loss: f64,
    /// The share of the held-out labels that are the commonest train label.
    pub commonest_share: f64,
    /// Held-out labels.
    pub n_labels: u64,
}

/// How often each piece is a label in the training examples: of a large corpus in one epoch of 50,000 examples, evenly
/// spread, of a small one in several epochs.
///
/// Of several folders of shards each counts as often as its weight says. A run sees many epochs of a small corpus, too, and rough frequencies would make a baseline that is easy to beat.
pub fn label_counts(train: &TrainingExamples) -> Result<Vec<u64>, ExampleSourceError> {
    let mut counts = vec![0; train.masker().vocabulary().len()];
    let n_examples = train.len();
    let stride = n_examples.div_ceil(MAX_EXAMPLES);
    let n_epochs = (MAX_EXAMPLES / n_examples).clamp(1, MAX_EPOCHS);
    for epoch in 0..n_epochs as u64 {
        for index in (0..n_examples).step_by(stride) {
            for label in train.drawn(index, epoch)?.masked.labels {
                counts[label.index()] += 1;
            }
        }
    }
    Ok(counts)
}

/// The unigram baseline: train frequencies, one added to each, on the held-out labels.
pub fn unigram_baseline(
    counts: &[u64],
    held_out: &TrainingExamples,
) -> Result<Baseline, ExampleSourceError> {
    let total = counts.iter().sum::<u64>() + counts.len() as u64;
    let commonest = counts
        .iter()
        .enumerate()
        .max_by_key(|(index, count)| (**count, usize::MAX - index));
    let commonest = commonest.map(|(index, _)| index);
    let mut baseline = Baseline::default();
    let (mut nats, mut n_commonest) = (0.0, 0);
    for index in 0..held_out.len() {
        for label in held_out.drawn(index, EVALUATION_EPOCH)?.masked.labels {
            nats -= ((counts[label.index()] + 1) as f64 / total as f64).ln();
            n_commonest += u64::from(commonest == Some(label.index()));
            baseline.n_labels += 1;
        }
    }
    let n = baseline.n_labels.max(1) as f64;
    baseline.loss = nats / n;
    baseline.commonest_share = n_commonest as f64 / n;
    Ok(baseline)
}

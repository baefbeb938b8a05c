//! The unigram baseline: the loss of guessing labels by how often they occur in the training examples (method §6).

use crate::dataset::TrainingExamples;
use crate::error::DatasetError;
use crate::held_out::EVALUATION_EPOCH;
use crate::sample::sample;

/// What guessing by frequency reaches on the held-out labels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Baseline {
    /// Mean −ln p of the held-out labels, in nats; p is a label's frequency in the training examples.
    pub loss: f64,
    /// The share of the held-out labels that are the commonest label of the training examples, 0 to 1.
    pub commonest_share: f64,
    /// Number of held-out labels.
    pub n_labels: u64,
}

/// Counts how often each piece is a label in the training examples; one count per piece of the vocabulary.
///
/// The examples are a sample of the training side, of several epochs if it is small.
pub fn label_counts(train: &TrainingExamples) -> Result<Vec<u64>, DatasetError> {
    let mut counts = vec![0; train.masker().vocabulary().len()];
    for (index, epoch) in sample(train) {
        for label in train.drawn(index, epoch)?.masked.labels {
            counts[label.index()] += 1;
        }
    }
    Ok(counts)
}

/// Computes the unigram baseline on held-out labels from the counts of [`label_counts`]. One is added to each count, so
/// that no label has the probability 0.
pub fn unigram_baseline(
    counts: &[u64],
    held_out: &TrainingExamples,
) -> Result<Baseline, DatasetError> {
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

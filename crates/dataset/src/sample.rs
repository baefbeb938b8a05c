//! Which training examples the baselines without a model are computed on.

use crate::dataset::TrainingExamples;

/// How many training examples are drawn at most.
const MAX_EXAMPLES: usize = 50_000;
/// How many epochs of a small corpus are drawn at most. 15 % of the pieces are labels, so in 8 epochs every piece of the
/// corpus is a label about once.
const MAX_EPOCHS: usize = 8;

/// The indices and epochs of a sample of training examples.
///
/// From a large corpus 50,000 examples of one epoch are taken, at even distances. From a small one several epochs are taken,
/// because rough frequencies would make a baseline that is easy to beat. Folders of shards count by their weights, as in
/// training.
pub(crate) fn sample(train: &TrainingExamples) -> impl Iterator<Item = (usize, u64)> + use<> {
    let n_examples = train.len();
    let stride = n_examples.div_ceil(MAX_EXAMPLES);
    let n_epochs = (MAX_EXAMPLES / n_examples).clamp(1, MAX_EPOCHS) as u64;
    (0..n_epochs).flat_map(move |epoch| {
        let indices = (0..n_examples).step_by(stride);
        indices.map(move |index| (index, epoch))
    })
}

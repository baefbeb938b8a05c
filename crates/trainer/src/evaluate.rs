//! The evaluation of a model on held-out examples with fixed masks (method §6).

use burn::module::Module;
use dataset::{Batch, TrainingExamples, part_of_evaluation_batches};
use device::{World, numbers};
use masking::Kind;
use model::{
    BertForPreTraining, Labelled, Output, masked_cross_entropy, n_correct, order_cross_entropy,
    predictions,
};

use crate::error::TrainerError;
use crate::step::model_input;

/// The masked positions of a kind, and how many of them the model predicts correctly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// Number of masked positions.
    pub n_labels: u64,
    /// Number of those at which the likeliest piece is the label.
    pub n_correct: u64,
}

impl KindCounts {
    /// The accuracy, 0 to 1; `None` if there is no masked position of the kind.
    pub fn accuracy(&self) -> Option<f64> {
        (self.n_labels > 0).then(|| self.n_correct as f64 / self.n_labels as f64)
    }
}

/// The metrics of a model on held-out examples (method §6). A mean over no labels is not a number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Mean masked cross-entropy, in nats.
    pub masked_loss: f64,
    /// The perplexity: e to the power of the masked loss.
    pub perplexity: f64,
    /// Mean order cross-entropy, in nats.
    pub order_loss: f64,
    /// The share of order labels that are predicted correctly, 0 to 1.
    pub order_accuracy: f64,
    /// Counts of each kind of masked position; the index is the kind's code.
    pub by_kind: [KindCounts; 5],
    /// Number of examples.
    pub n_examples: u64,
}

impl Evaluation {
    /// The accuracy at the masked positions of a kind, 0 to 1; `None` if there are none.
    pub fn accuracy(&self, kind: Kind) -> Option<f64> {
        self.by_kind[kind as usize].accuracy()
    }

    /// The accuracy at all masked positions, 0 to 1.
    pub fn masked_accuracy(&self) -> f64 {
        let sum = |of: fn(&KindCounts) -> u64| self.by_kind.iter().map(of).sum::<u64>() as f64;
        sum(|counts| counts.n_correct) / sum(|counts| counts.n_labels).max(1.0)
    }
}

/// Yields the names and counts of the kinds that occur in an evaluation.
pub fn kinds(
    evaluation: &Evaluation,
) -> impl Iterator<Item = (&'static str, KindCounts)> + use<'_> {
    let counts = |kind: Kind| (kind.name(), evaluation.by_kind[kind as usize]);
    Kind::ALL
        .into_iter()
        .map(counts)
        .filter(|(_, counts)| counts.n_labels > 0)
}

/// Evaluates a model on all examples of a side, in batches and without dropout.
pub fn evaluate(
    model: &BertForPreTraining,
    examples: &TrainingExamples,
    batch_size: usize,
) -> Result<Evaluation, TrainerError> {
    evaluate_together(model, examples, batch_size, &World::alone())
}

/// Evaluates a model that all processes of a world have. Each process computes the batches whose index is its rank modulo
/// the number of processes. Sums are added up in the order of batches, so the result is that of one process.
pub(crate) fn evaluate_together(
    model: &BertForPreTraining,
    examples: &TrainingExamples,
    batch_size: usize,
    world: &World,
) -> Result<Evaluation, TrainerError> {
    let model = Module::valid(model);
    let device = model.device();
    let mut own = Vec::new();
    let (rank, size) = (world.rank(), world.size());
    for batch in part_of_evaluation_batches(examples, batch_size, rank, size) {
        let batch = batch?;
        let output = model.forward(&model_input(&batch, &device), &batch.masked_indices);
        let mut sums = Sums::default();
        sums.add(&batch, &output);
        own.extend(sums.numbers());
    }
    let n_batches = examples.len().div_ceil(batch_size.max(1));
    own.resize(n_batches.div_ceil(size) * N_SUMS, 0.0);
    let of_ranks = world.gather_numbers("an evaluation", &own)?;
    let mut total = Sums::default();
    for batch in 0..n_batches {
        let start = batch / size * N_SUMS;
        total.add_numbers(&of_ranks[batch % size][start..start + N_SUMS]);
    }
    Ok(total.means())
}

/// How many numbers [`Sums`] has.
const N_SUMS: usize = 15;

/// Sums over the batches of an evaluation: losses in nats, and counts.
#[derive(Default)]
struct Sums {
    masked_loss: f64,
    by_kind: [KindCounts; 5],
    order_loss: f64,
    n_order_correct: u64,
    n_order_labels: u64,
    n_examples: u64,
}

impl Sums {
    fn add(&mut self, batch: &Batch, output: &Output) {
        self.n_examples += batch.n_examples as u64;
        if let Some(logits) = &output.masked_logits {
            let losses = masked_cross_entropy(logits, &batch.masked_labels);
            self.masked_loss += numbers(losses).iter().sum::<f64>();
            let labels = batch.masked_kinds.iter().zip(&batch.masked_labels);
            for ((kind, label), found) in labels.zip(predictions(logits)) {
                let counts = &mut self.by_kind[*kind as usize];
                counts.n_labels += 1;
                counts.n_correct += u64::from(found == *label);
            }
        }
        if let Some(Labelled { logits, labels }) =
            Labelled::of(&output.order_logits, &batch.order_labels)
        {
            let losses = order_cross_entropy(&logits, &labels);
            self.order_loss += numbers(losses).iter().sum::<f64>();
            self.n_order_correct += n_correct(&logits, &labels);
            self.n_order_labels += labels.len() as u64;
        }
    }

    /// The sums as numbers. Counts below 2⁵³ are exact.
    fn numbers(&self) -> [f64; N_SUMS] {
        let mut numbers = [0.0; N_SUMS];
        let counts = [self.n_order_correct, self.n_order_labels, self.n_examples];
        let by_kind = self.by_kind.iter();
        let by_kind = by_kind.flat_map(|counts| [counts.n_labels, counts.n_correct]);
        numbers[0] = self.masked_loss;
        numbers[1] = self.order_loss;
        for (number, count) in numbers[2..]
            .iter_mut()
            .zip(counts.into_iter().chain(by_kind))
        {
            *number = count as f64;
        }
        numbers
    }

    /// Adds the sums of a batch, as [`Self::numbers`] gives them.
    fn add_numbers(&mut self, numbers: &[f64]) {
        self.masked_loss += numbers[0];
        self.order_loss += numbers[1];
        self.n_order_correct += numbers[2] as u64;
        self.n_order_labels += numbers[3] as u64;
        self.n_examples += numbers[4] as u64;
        for (counts, numbers) in self.by_kind.iter_mut().zip(numbers[5..].chunks_exact(2)) {
            counts.n_labels += numbers[0] as u64;
            counts.n_correct += numbers[1] as u64;
        }
    }

    fn means(&self) -> Evaluation {
        let n_labels = self.by_kind.iter().map(|counts| counts.n_labels);
        let masked_loss = self.masked_loss / n_labels.sum::<u64>() as f64;
        let n_order_labels = self.n_order_labels as f64;
        Evaluation {
            masked_loss,
            perplexity: masked_loss.exp(),
            order_loss: self.order_loss / n_order_labels,
            order_accuracy: self.n_order_correct as f64 / n_order_labels,
            by_kind: self.by_kind,
            n_examples: self.n_examples,
        }
    }
}

//! The examples of a step: a pure function of the step's number.

use std::sync::Arc;

use masking::Masker;
use rand::{Rng as _, RngExt as _};
use shard::{ShardError, ShardSet};
use sop::{Example, Generator, PairDraw, PairObjective, Purpose, draw_pair, generator};

use crate::arrays::{Batch, Drawn};
use crate::order::EpochOrder;

/// Another document's example is looked for so often; then the pair stays as it is.
const MAX_PARTNER_DRAWS: usize = 16;

/// What went wrong with the examples of a run.
#[derive(Debug, thiserror::Error)]
pub enum ExampleSourceError {
    /// The shards.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// Nothing to train on.
    #[error("the shards hold no example on this side of the split")]
    Empty,
}

/// A side of the shards with everything that is drawn over it; shared by all threads.
pub struct TrainingExamples {
    shards: ShardSet,
    masker: Arc<Masker>,
    objective: PairObjective,
    seed: u64,
}

/// Everything a step computes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepBatch {
    /// The step, from 1.
    pub step: u64,
    /// The epoch of its last example, from 0.
    pub epoch: u64,
    /// Its examples in micro-batches.
    pub micro_batches: Vec<Batch>,
    /// Masked pieces of the whole step: what its loss is divided by.
    pub n_labels: u64,
    /// Order labels of the whole step.
    pub n_order_labels: u64,
    /// Pieces without padding.
    pub n_tokens: u64,
}

impl TrainingExamples {
    /// Binds a side of the shards to a masker (of the shards' vocabulary), a pair objective and a seed.
    pub fn new(
        shards: ShardSet,
        masker: Arc<Masker>,
        objective: PairObjective,
        seed: u64,
    ) -> Result<Self, ExampleSourceError> {
        shards.check_vocabulary(masker.vocabulary())?;
        if shards.is_empty() {
            return Err(ExampleSourceError::Empty);
        }
        Ok(Self {
            shards,
            masker,
            objective,
            seed,
        })
    }

    /// The shards.
    pub const fn shards(&self) -> &ShardSet {
        &self.shards
    }

    /// What draws masks.
    pub const fn masker(&self) -> &Arc<Masker> {
        &self.masker
    }

    /// Example `index` as an epoch shows it: border, order and masks drawn from (seed, epoch, key).
    pub fn drawn(&self, index: usize, epoch: u64) -> Result<Drawn, ExampleSourceError> {
        let example = self.shards.example(index)?;
        let draw = PairDraw {
            objective: self.objective,
            seed: self.seed,
            epoch,
            max_length: self.shards.manifest().max_length,
        };
        let specials = self.masker.vocabulary().specials();
        let pair = draw_pair(&example, &draw, specials, |rng| self.partner(&example, rng));
        let mut rng = generator(self.seed, Purpose::Masks, epoch, example.key().get());
        let masked = self
            .masker
            .mask(&pair.input_ids, &pair.units, pair.n_units_first, &mut rng);
        Ok(Drawn {
            key: example.key(),
            pair,
            masked,
        })
    }

    /// An example of another document, drawn from the shards ([B]: the random document of a next-sentence pair).
    fn partner(&self, example: &Example, rng: &mut Generator) -> Option<Example> {
        let own = example.source();
        (0..MAX_PARTNER_DRAWS)
            .filter_map(|_| {
                self.shards
                    .example(rng.random_range(0..self.shards.len()))
                    .ok()
            })
            .find(|other| other.source().path != own.path || other.source().record != own.record)
    }

    /// The examples of a step (from 1), in micro-batches.
    ///
    /// The run reads the endless row of the epochs' orders: step s with B examples takes the places (s − 1) × B to
    /// s × B of it, so a step may reach across an epoch's border, an epoch may be smaller than a step, and the place of
    /// a run is its step alone.
    pub fn step(
        &self,
        step: u64,
        examples_per_step: usize,
        micro_batch: usize,
    ) -> Result<StepBatch, ExampleSourceError> {
        let n = self.shards.len() as u64;
        let first = (step - 1) * examples_per_step as u64;
        let mut drawn = Vec::with_capacity(examples_per_step);
        let mut order: Option<(u64, EpochOrder)> = None;
        for place in first..first + examples_per_step as u64 {
            let epoch = place / n;
            let current = match order.take() {
                Some(current) if current.0 == epoch => current,
                _ => (epoch, EpochOrder::new(self.seed, epoch, n)),
            };
            drawn.push(self.drawn(current.1.example(place % n) as usize, epoch)?);
            order = Some(current);
        }
        let pad = self.masker.vocabulary().specials().pad.get() as i32;
        let rows = drawn.chunks(micro_batch.max(1)).zip(0..);
        let micro_batches: Vec<Batch> = rows
            .map(|(rows, index)| Batch {
                dropout_seed: generator(self.seed, Purpose::Dropout, step, index).next_u64(),
                ..Batch::new(rows, pad)
            })
            .collect();
        let sum = |of: fn(&Batch) -> u64| micro_batches.iter().map(of).sum();
        Ok(StepBatch {
            step,
            epoch: (first + examples_per_step as u64 - 1) / n,
            n_labels: sum(|batch| batch.masked_labels.len() as u64),
            n_order_labels: sum(|batch| batch.order_labels.len() as u64),
            n_tokens: sum(Batch::n_tokens),
            micro_batches,
        })
    }
}

//! The examples of a side of the shards, and those of a step: a pure function of the number of the step.

use std::sync::Arc;

use masking::Masker;
use rand::{Rng as _, RngExt as _};
use repro::{Generator, Purpose, generator};
use shard::{ShardError, ShardSet};
use sop::{Example, PairDraw, PairObjective, draw_pair};

use crate::batch::Batch;
use crate::drawn::Drawn;
use crate::error::DatasetError;
use crate::folders::WeightedShards;
use crate::mixture::{FolderSize, Mixture};
use crate::shuffle::EpochOrder;
use crate::step_batch::StepBatch;

/// One side of one or several folders of shards, with all settings of what is drawn over it. All threads share it.
pub struct TrainingExamples {
    shards: Vec<ShardSet>,
    mixture: Mixture,
    masker: Arc<Masker>,
    objective: PairObjective,
    seed: u64,
}

impl TrainingExamples {
    /// Draws over one side of one folder of shards, which an epoch has once. `masker` has the vocabulary of the shards.
    pub fn new(
        shards: ShardSet,
        masker: Arc<Masker>,
        objective: PairObjective,
        seed: u64,
    ) -> Result<Self, DatasetError> {
        let weight = 1.0;
        Self::mixed(
            vec![WeightedShards { shards, weight }],
            masker,
            objective,
            seed,
        )
    }

    /// Draws over one side of several folders of shards, each with a weight. They need the same vocabulary, similar-word
    /// table, tokenizer, case and `max_length`; words may be cut in different ways.
    ///
    /// # Panics
    /// If `folders` is empty.
    pub fn mixed(
        folders: Vec<WeightedShards>,
        masker: Arc<Masker>,
        objective: PairObjective,
        seed: u64,
    ) -> Result<Self, DatasetError> {
        let first = &folders[0].shards;
        for folder in &folders {
            folder.check(first, &masker)?;
        }
        let sizes: Vec<FolderSize> = folders.iter().map(WeightedShards::size).collect();
        Ok(Self {
            mixture: Mixture::new(&sizes, seed),
            shards: folders.into_iter().map(|folder| folder.shards).collect(),
            masker,
            objective,
            seed,
        })
    }

    /// The folders of shards.
    pub fn shards(&self) -> &[ShardSet] {
        &self.shards
    }

    /// The mixture: which examples of the folders an epoch has, and how often.
    pub const fn mixture(&self) -> &Mixture {
        &self.mixture
    }

    /// The masker, which draws the masks.
    pub const fn masker(&self) -> &Arc<Masker> {
        &self.masker
    }

    /// How many examples an epoch has.
    pub fn len(&self) -> usize {
        self.mixture.len()
    }

    /// Always false: [`Self::mixed`] refuses folders without examples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length that no example exceeds, in pieces, special tokens included.
    pub fn max_length(&self) -> usize {
        self.shards[0].manifest().max_length
    }

    /// The order in which a run reads the examples of an epoch.
    pub fn order(&self, epoch: u64) -> EpochOrder {
        EpochOrder::new(self.seed, epoch, self.len() as u64)
    }

    /// Draws an example as an epoch shows it. `index` counts the examples of the epoch folder by folder, before they are
    /// shuffled.
    ///
    /// Boundary, order and masks follow from (seed, pass, key). The pass counts how often the example's folder was read
    /// before; for a folder of weight 1 it is the epoch. Masks have the final rate of the objective, as held-out examples
    /// have.
    ///
    /// # Panics
    /// If `index` is not below [`Self::len`].
    pub fn drawn(&self, index: usize, epoch: u64) -> Result<Drawn, DatasetError> {
        self.drawn_at(self.masker.objective().final_rate(), index, epoch)
    }

    /// Does what [`Self::drawn`] does, with masks at a rate.
    fn drawn_at(&self, rate: f64, index: usize, epoch: u64) -> Result<Drawn, DatasetError> {
        let location = self.mixture.at(index, epoch);
        let example = self.shards[location.folder_index].example(location.example_index)?;
        let draw = PairDraw {
            objective: self.objective,
            seed: self.seed,
            epoch: location.pass,
        };
        let specials = self.masker.vocabulary().specials();
        let mut failed = None;
        let pair = draw_pair(&example, &draw, specials, |rng| {
            let found = self.partner(location.folder_index, &example, epoch, rng);
            found.unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        let key = example.key();
        let mut rng = generator(self.seed, Purpose::Masks, location.pass, key.get());
        let (ids, units) = (&pair.input_ids, &pair.units);
        let masked = self
            .masker
            .mask_at(rate, ids, units, pair.n_units_first, &mut rng);
        Ok(Drawn { key, pair, masked })
    }

    /// Draws an example for a next-sentence pair (method §3.3), or `None` if it is of the document of `example`.
    /// `folder_index` is the folder of `example`.
    fn partner(
        &self,
        folder_index: usize,
        example: &Example,
        epoch: u64,
        rng: &mut Generator,
    ) -> Result<Option<Example>, ShardError> {
        let own = example.source();
        let location = self.mixture.at(rng.random_range(0..self.len()), epoch);
        let other = self.shards[location.folder_index].example(location.example_index)?;
        let source = other.source();
        let is_other = location.folder_index != folder_index
            || source.path != own.path
            || source.record != own.record;
        Ok(is_other.then_some(other))
    }

    /// Draws the examples of a step, in micro-batches. Steps count from 1. `last_step` is the last step of the run: the rate
    /// of the masks may change from step to step ([`masking::Objective::rate_at`]).
    ///
    /// The epochs, each in its order, are one endless sequence, and step s of B examples reads positions (s − 1) × B to
    /// s × B of it. So a step can reach from one epoch into the next, an epoch can be smaller than a step, and the examples
    /// follow from the numbers of the step and of the last step alone. If `micro_batch` does not divide
    /// `examples_per_step`, the last micro-batch is smaller.
    ///
    /// # Panics
    /// If `step` is 0.
    pub fn step(
        &self,
        step: u64,
        last_step: u64,
        examples_per_step: usize,
        micro_batch: usize,
    ) -> Result<StepBatch, DatasetError> {
        let n = self.len() as u64;
        let n_before = step.checked_sub(1).expect("steps count from 1");
        let rate = self.masker.objective().rate_at(step, last_step);
        let first = n_before * examples_per_step as u64;
        let mut drawn = Vec::with_capacity(examples_per_step);
        let mut order: Option<(u64, EpochOrder)> = None;
        for position in first..first + examples_per_step as u64 {
            let epoch = position / n;
            let current = match order.take() {
                Some(current) if current.0 == epoch => current,
                _ => (epoch, self.order(epoch)),
            };
            let index = current.1.example(position % n) as usize;
            drawn.push(self.drawn_at(rate, index, epoch)?);
            order = Some(current);
        }
        let pad = self.masker.vocabulary().specials().pad.get() as i32;
        let chunks = drawn.chunks(micro_batch.max(1)).zip(0..);
        let micro_batches = chunks.map(|(examples, index)| Batch {
            dropout_seed: generator(self.seed, Purpose::Dropout, step, index).next_u64(),
            ..Batch::new(examples, pad)
        });
        let last_epoch = (first + examples_per_step as u64 - 1) / n;
        Ok(StepBatch::new(step, last_epoch, micro_batches.collect()))
    }
}

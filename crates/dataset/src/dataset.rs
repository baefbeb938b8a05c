//! The examples of a step: a pure function of the step's number.

use std::path::PathBuf;
use std::sync::Arc;

use masking::Masker;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, RngExt as _};
use repro::{Generator, Purpose, generator};
use shard::{ShardError, ShardSet};
use sop::{Example, PairDraw, PairObjective, draw_pair};

use crate::batch::{Batch, Drawn};
use crate::mixture::Mixture;
use crate::shuffle::EpochOrder;

/// Another document is drawn so often at most (\[B\], `create_instances_from_document`: `for _ in range(10)`); where all of
/// them are the example's own, the pair stays in order, with label 0 \[P\].
const MAX_PARTNER_DRAWS: usize = 10;

/// What went wrong with the examples of a run.
#[derive(Debug, thiserror::Error)]
pub enum ExampleSourceError {
    /// The shards.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// Nothing to draw from.
    #[error(
        "the shards in {folder} hold no {split} example; prepare more text, or change shards.held_out_share"
    )]
    Empty {
        /// The folder.
        folder: PathBuf,
        /// The side of the split.
        split: &'static str,
    },
    /// A weight so small that no example is left.
    #[error(
        "weight {weight} of the shards in {folder} leaves none of their {n_examples} examples in an epoch; raise it, or leave the folder out"
    )]
    NoPlaces {
        /// The folder.
        folder: PathBuf,
        /// Its weight.
        weight: f64,
        /// Its examples.
        n_examples: usize,
    },
    /// Folders that cannot be mixed.
    #[error(
        "the shards in {first} and in {second} cannot be mixed: {what} there {there}, here {here}; prepare one of them again with what the other has"
    )]
    Apart {
        /// The folder that is named first.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the first has.
        there: String,
        /// What the other has.
        here: String,
    },
}

/// A side of one or several folders of shards with everything that is drawn over it; shared by all threads.
pub struct TrainingExamples {
    shards: Vec<ShardSet>,
    mixture: Mixture,
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

impl StepBatch {
    /// Deals the masked labels of the step to each other's positions: a control, whose held-out loss has to stay near the
    /// unigram baseline. One that learns more than frequencies sees its labels some other way.
    pub fn shuffle_labels(&mut self, seed: u64) {
        let batches = self.micro_batches.iter();
        let mut labels: Vec<i32> = batches
            .flat_map(|batch| batch.masked_labels.iter().copied())
            .collect();
        labels.shuffle(&mut generator(seed, Purpose::ShuffledLabels, self.step, 0));
        let mut dealt = labels.into_iter();
        let places = self.micro_batches.iter_mut();
        for place in places.flat_map(|batch| &mut batch.masked_labels) {
            *place = dealt.next().expect("as many labels as places");
        }
    }
}

impl TrainingExamples {
    /// Binds a side of the shards to a masker (of the shards' vocabulary), a pair objective and a seed.
    pub fn new(
        shards: ShardSet,
        masker: Arc<Masker>,
        objective: PairObjective,
        seed: u64,
    ) -> Result<Self, ExampleSourceError> {
        Self::mixed(vec![(shards, 1.0)], masker, objective, seed)
    }

    /// Binds a side of several folders, each with its weight: how often an epoch has its examples. They have the same
    /// vocabulary, table, tokenizer and longest example; words may be cut in different ways.
    ///
    /// # Panics
    /// Where there is no folder.
    pub fn mixed(
        folders: Vec<(ShardSet, f64)>,
        masker: Arc<Masker>,
        objective: PairObjective,
        seed: u64,
    ) -> Result<Self, ExampleSourceError> {
        let first = &folders[0].0;
        for (shards, weight) in &folders {
            check_together(first, shards)?;
            shards.check_vocabulary(masker.vocabulary())?;
            let folder = shards.folder().to_path_buf();
            if shards.is_empty() {
                let split = shards.split().name();
                return Err(ExampleSourceError::Empty { folder, split });
            }
            if Mixture::new(&[(shards.len(), *weight)], seed).is_empty() {
                return Err(ExampleSourceError::NoPlaces {
                    folder,
                    weight: *weight,
                    n_examples: shards.len(),
                });
            }
        }
        let sizes = folders
            .iter()
            .map(|(shards, weight)| (shards.len(), *weight));
        let mixture = Mixture::new(&sizes.collect::<Vec<_>>(), seed);
        Ok(Self {
            shards: folders.into_iter().map(|(shards, _)| shards).collect(),
            mixture,
            masker,
            objective,
            seed,
        })
    }

    /// The folders of shards.
    pub fn shards(&self) -> &[ShardSet] {
        &self.shards
    }

    /// How an epoch is made of them.
    pub const fn mixture(&self) -> &Mixture {
        &self.mixture
    }

    /// What draws masks.
    pub const fn masker(&self) -> &Arc<Masker> {
        &self.masker
    }

    /// How many examples an epoch has.
    pub fn len(&self) -> usize {
        self.mixture.len()
    }

    /// Never: a side without examples is refused.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What no example is longer than, in pieces, specials included.
    pub fn max_length(&self) -> usize {
        self.shards[0].manifest().max_length
    }

    /// The order that an epoch of a run has its examples in.
    pub fn order(&self, epoch: u64) -> EpochOrder {
        EpochOrder::new(self.seed, epoch, self.len() as u64)
    }

    /// Example `index` of an epoch, folder after folder, as the epoch shows it: boundary, order and masks drawn from (seed,
    /// pass, key), where the pass of a folder that comes once an epoch is the epoch.
    ///
    /// # Panics
    /// Where an epoch has no more than `index` examples.
    pub fn drawn(&self, index: usize, epoch: u64) -> Result<Drawn, ExampleSourceError> {
        let place = self.mixture.at(index, epoch);
        let example = self.shards[place.folder].example(place.index)?;
        let draw = PairDraw {
            objective: self.objective,
            seed: self.seed,
            epoch: place.pass,
            max_length: self.max_length(),
        };
        let specials = self.masker.vocabulary().specials();
        let mut failed = None;
        let pair = draw_pair(&example, &draw, specials, |rng| {
            let found = self.partner((place.folder, &example), epoch, rng);
            found.unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        let mut rng = generator(self.seed, Purpose::Masks, place.pass, example.key().get());
        let masked = self
            .masker
            .mask(&pair.input_ids, &pair.units, pair.n_units_first, &mut rng);
        Ok(Drawn {
            key: example.key(),
            pair,
            masked,
        })
    }

    /// An example of another document, drawn from the shards (method §3.3; \[B\]: the random document).
    fn partner(
        &self,
        (folder, example): (usize, &Example),
        epoch: u64,
        rng: &mut Generator,
    ) -> Result<Option<Example>, ShardError> {
        let own = example.source();
        for _ in 0..MAX_PARTNER_DRAWS {
            let place = self.mixture.at(rng.random_range(0..self.len()), epoch);
            let other = self.shards[place.folder].example(place.index)?;
            let source = other.source();
            if place.folder != folder || source.path != own.path || source.record != own.record {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    /// The examples of a step (from 1), in micro-batches.
    ///
    /// The run reads the endless row of the epochs' orders: step s with B examples takes the places (s − 1) × B to
    /// s × B of it, so a step may reach across an epoch's boundary, an epoch may be smaller than a step, and the place of
    /// a run is its step alone. The last micro-batch is smaller where `micro_batch` does not divide the step.
    ///
    /// # Panics
    /// Where the step is 0.
    pub fn step(
        &self,
        step: u64,
        examples_per_step: usize,
        micro_batch: usize,
    ) -> Result<StepBatch, ExampleSourceError> {
        let n = self.len() as u64;
        let before = step.checked_sub(1).expect("steps count from 1");
        let first = before * examples_per_step as u64;
        let mut drawn = Vec::with_capacity(examples_per_step);
        let mut order: Option<(u64, EpochOrder)> = None;
        for place in first..first + examples_per_step as u64 {
            let epoch = place / n;
            let current = match order.take() {
                Some(current) if current.0 == epoch => current,
                _ => (epoch, self.order(epoch)),
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

/// Refuses folders that one masker and one model cannot both take.
fn check_together(first: &ShardSet, second: &ShardSet) -> Result<(), ExampleSourceError> {
    let named = |shards: &ShardSet| {
        let manifest = shards.manifest();
        let table = manifest.table_sha256.as_deref().unwrap_or("none");
        let case = if manifest.segmenter.lower_case {
            "lower"
        } else {
            "kept"
        };
        [
            ("vocabulary", manifest.vocabulary.sha256.clone()),
            ("similar-word table", table.to_owned()),
            ("tokenizer", manifest.segmenter.tokenizer.clone()),
            ("case", case.to_owned()),
            ("longest example", manifest.max_length.to_string()),
        ]
    };
    for ((what, there), (_, here)) in named(first).into_iter().zip(named(second)) {
        if there != here {
            return Err(ExampleSourceError::Apart {
                first: first.folder().to_path_buf(),
                second: second.folder().to_path_buf(),
                what,
                there,
                here,
            });
        }
    }
    Ok(())
}

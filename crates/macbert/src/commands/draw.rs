//! Opens a folder of shards with the pairs and masks that the command line asks for.

use std::path::Path;

use anyhow::Result;
use dataset::{TrainingExamples, open_examples, open_masker, open_vocabulary};
use masking::MaskingOptions;
use shard::ShardSet;

use crate::arguments::draw::DrawArguments;

/// Examples of a folder of shards.
pub(super) struct DrawnShards {
    pub examples: TrainingExamples,
    /// The seed that boundaries and masks are drawn with.
    pub seed: u64,
}

/// Opens one side of a folder of shards. Masks are drawn for its examples as the command line asks.
pub(super) fn drawn_shards(folder: &Path, draw: &DrawArguments) -> Result<DrawnShards> {
    let vocabulary = open_vocabulary(folder)?;
    let objective = MaskingOptions::preset(draw.objective.0).resolve()?;
    let masker = open_masker(folder, &vocabulary, objective)?;
    let seed = seed_of(folder, draw.seed)?;
    let examples = open_examples(folder, draw.split.0, &masker, draw.pairs.0, seed)?;
    Ok(DrawnShards { examples, seed })
}

/// The seed that was given, or the seed of the shards.
pub(super) fn seed_of(folder: &Path, given: Option<u64>) -> Result<u64> {
    match given {
        Some(seed) => Ok(seed),
        None => Ok(ShardSet::manifest_of(folder)?.seed),
    }
}

//! The judges of a study: held-out examples that every run is measured on.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use dataset::{label_counts, open_masker, open_mixture, open_vocabulary, unigram_baseline};
use shard::Split;
use trainer::Judge;

use super::cell::finished;
use super::grid::Grid;
use crate::config::job::Config;
use crate::config::study::{JudgeSection, Study};

/// The judges of a study.
pub(super) struct Judges {
    /// The judges, as runs take them.
    pub judges: Vec<Judge>,
    /// The loss under each judge of a model that guesses labels by their frequency, in nats.
    pub unigram_losses: BTreeMap<String, f64>,
}

impl Judges {
    /// Opens the held-out side of the first arm's shards, once for each judge. The masks follow from the seed of the shards, so
    /// that they are the same for all runs.
    pub(super) fn open(study: &Study, grid: &Grid) -> Result<Self> {
        // All finished runs were measured under these judges on these shards, or the study would have been refused.
        let mut finished = grid.cells.iter().map(finished);
        let known = finished.find_map(Result::transpose).transpose()?;
        let known = known.map(|results| results.judges).unwrap_or_default();
        let mut found = Self {
            judges: Vec::new(),
            unigram_losses: BTreeMap::new(),
        };
        for section in &study.config.judges {
            let known = known.get(&section.name).map(|of| of.unigram_loss);
            let (judge, unigram_loss) = open(grid.judged(), section, known)
                .with_context(|| format!("judges: {}", section.name))?;
            found
                .unigram_losses
                .insert(judge.name.clone(), unigram_loss);
            found.judges.push(judge);
        }
        Ok(found)
    }
}

/// Opens a judge. If its unigram loss is not `known`, masks are drawn over all training examples to compute it.
fn open(job: &Config, section: &JudgeSection, known: Option<f64>) -> Result<(Judge, f64)> {
    let folders = job.shard_folders();
    let first = &folders[0].path;
    let vocabulary = open_vocabulary(first)?;
    let masker = open_masker(first, &vocabulary, section.masking.resolve()?)?;
    let side = |split| open_mixture(&folders, split, &masker, section.pairs, job.shards_seed());
    let held_out = side(Split::HeldOut)?;
    let unigram_loss = match known {
        Some(loss) => loss,
        None => unigram_baseline(&label_counts(&side(Split::Train)?)?, &held_out)?.loss,
    };
    let judge = Judge {
        name: section.name.clone(),
        examples: Arc::new(held_out),
    };
    Ok((judge, unigram_loss))
}

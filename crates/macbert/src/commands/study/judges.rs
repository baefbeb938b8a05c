//! The judges of a study: held-out examples that every run is measured on.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use dataset::{label_counts, open_masker, open_mixture, open_vocabulary, unigram_baseline};
use shard::Split;
use trainer::Judge;

use crate::config::job::Config;
use crate::config::study::JudgeSection;

/// The judges of a study.
pub(super) struct Judges {
    /// The judges, as runs take them.
    pub judges: Vec<Judge>,
    /// The loss under each judge of a model that guesses labels by their frequency, in nats.
    pub unigram_losses: BTreeMap<String, f64>,
}

impl Judges {
    /// Opens the held-out side of the shards of a job, once for each judge. The masks follow from the seed of the shards, so
    /// that they are the same for all runs.
    pub(super) fn open(job: &Config, sections: &[JudgeSection]) -> Result<Self> {
        let mut found = Self {
            judges: Vec::new(),
            unigram_losses: BTreeMap::new(),
        };
        for section in sections {
            let (judge, unigram_loss) =
                open(job, section).with_context(|| format!("judges: {}", section.name))?;
            found
                .unigram_losses
                .insert(judge.name.clone(), unigram_loss);
            found.judges.push(judge);
        }
        Ok(found)
    }
}

fn open(job: &Config, section: &JudgeSection) -> Result<(Judge, f64)> {
    let folders = job.shard_folders();
    let first = &folders[0].path;
    let vocabulary = open_vocabulary(first)?;
    let masker = open_masker(first, &vocabulary, section.masking.resolve()?)?;
    let side = |split| open_mixture(&folders, split, &masker, section.pairs, job.shards_seed());
    let held_out = side(Split::HeldOut)?;
    let baseline = unigram_baseline(&label_counts(&side(Split::Train)?)?, &held_out)?;
    let judge = Judge {
        name: section.name.clone(),
        examples: Arc::new(held_out),
    };
    Ok((judge, baseline.loss))
}

//! The checks of a job's config, all before any work starts.

use anyhow::{Context as _, Result, bail, ensure};
use dataset::WeightedFolder;
use segment::{CheckpointTokenizer, Vocabulary};
use synonym::SimilarWordsSection;

use super::job::{Config, ModelSection};
use crate::failure::usage_error;

/// The largest weight in a mixture. A larger weight is most likely a mistake.
const MOST_WEIGHT: f64 = 1000.0;
/// The shortest `examples.max_length`.
const LEAST_LENGTH: usize = 8;

impl Config {
    /// Checks everything that can be checked without reading another file.
    pub(super) fn check(&self) -> Result<()> {
        let objective = self.objective()?;
        ensure!(
            objective.similar == 0.0 || self.similar_words.is_some(),
            "masking.objective: it replaces words with similar words, so the config needs [similar_words]"
        );
        check_share("shards.held_out_share", self.shards.held_out_share)?;
        check_share("model.dropout", self.model.dropout)?;
        ensure!(
            (0.0..=1.0).contains(&self.examples.short_share),
            "examples.short_share: expected a share from 0 to 1, found {}",
            self.examples.short_share
        );
        ensure!(
            self.shards.examples_per_shard > 0,
            "shards.examples_per_shard: expected at least 1, found 0"
        );
        if let Some(likeness) = self.shards.near_duplicates {
            check_likeness("shards.near_duplicates", likeness)?;
        }
        let longest = shard::MAX_LENGTH;
        ensure!(
            (LEAST_LENGTH..=longest).contains(&self.examples.max_length),
            "examples.max_length: expected {LEAST_LENGTH} to {longest}, found {}",
            self.examples.max_length
        );
        if let Some(problem) = self.segment.problem() {
            bail!("{problem}");
        }
        self.check_mixture()?;
        let train = self.train.problem();
        if let Some(problem) = train.or_else(|| self.optimizer.problem(self.train.steps)) {
            bail!("{problem}");
        }
        let similar_words = self.similar_words.as_ref();
        if let Some(problem) = similar_words.and_then(SimilarWordsSection::problem) {
            bail!("{problem}");
        }
        self.model.check(self.examples.max_length)
    }

    fn check_mixture(&self) -> Result<()> {
        let folders = self.shard_folders();
        for (number, WeightedFolder { path, weight }) in folders.iter().enumerate() {
            ensure!(
                *weight > 0.0 && *weight <= MOST_WEIGHT,
                "mixture: the weight of {} is {weight}, expected above 0, at most {MOST_WEIGHT}",
                path.display()
            );
            ensure!(
                folders[..number].iter().all(|other| other.path != *path),
                "mixture: {} is named twice; raise its weight",
                path.display()
            );
        }
        Ok(())
    }

    /// Checks that the checkpoint in `model.start_from` has enough positions for the examples (method §8.17), and that
    /// it has the same vocabulary, `lower_case` and punctuation marks as the config. Commands call this before they read anything else.
    pub(crate) fn check_start(&self) -> Result<()> {
        let Some(start_from) = &self.model.start_from else {
            return Ok(());
        };
        let checkpoint = self.path(start_from);
        let check = || -> Result<()> {
            let positions = model::read_config(&checkpoint)?.max_position_embeddings;
            let max_length = self.examples.max_length;
            ensure!(
                max_length <= positions,
                "examples.max_length: {max_length} is above the checkpoint's positions ({positions})"
            );
            self.check_tokenizer(&CheckpointTokenizer::read(&checkpoint)?)
        };
        check()
            .with_context(|| format!("model.start_from: {}", checkpoint.display()))
            .map_err(usage_error)
    }

    /// Checks that the config cuts text into pieces as a checkpoint does. Marks that only the config reads as others are
    /// new to the checkpoint, which is what further training is for.
    fn check_tokenizer(&self, checkpoint: &CheckpointTokenizer) -> Result<()> {
        let lower_case = checkpoint.lower_case;
        ensure!(
            lower_case == self.segment.lower_case,
            "segment.lower_case: {} in the config, {lower_case} in the checkpoint",
            self.segment.lower_case
        );
        let marks = checkpoint.punctuation.iter();
        let lacking =
            marks.filter(|(mark, read_as)| self.segment.punctuation.get(mark) != Some(read_as));
        let lacking: Vec<String> = lacking
            .map(|(mark, read_as)| format!("{:?} = {:?}", mark.to_string(), read_as.to_string()))
            .collect();
        ensure!(
            lacking.is_empty(),
            "segment.punctuation: the checkpoint reads marks as others that the config does not; add {}",
            lacking.join(", ")
        );
        if let Some(path) = Vocabulary::find(&self.path(&self.vocabulary.path)) {
            let here = Vocabulary::read(&path)?;
            ensure!(
                here.sha256() == checkpoint.vocabulary.sha256(),
                "vocabulary.path: {} has {} pieces that are not those of the checkpoint, which has {}; name the checkpoint's own vocabulary",
                path.display(),
                here.len(),
                checkpoint.vocabulary.len()
            );
        }
        Ok(())
    }
}

fn check_share(key: &str, value: f64) -> Result<()> {
    ensure!(
        (0.0..1.0).contains(&value),
        "{key}: expected a share from 0 to below 1, found {value}"
    );
    Ok(())
}

/// Checks the least likeness of near duplicates. Below 0.7 the search would miss most of them.
pub(crate) fn check_likeness(key: &str, likeness: f64) -> Result<()> {
    ensure!(
        (0.7..=1.0).contains(&likeness),
        "{key}: expected a share from 0.7 to 1, found {likeness}"
    );
    Ok(())
}

impl ModelSection {
    fn check(&self, max_length: usize) -> Result<()> {
        let sizes = [
            ("layers", self.layers),
            ("hidden", self.hidden),
            ("heads", self.heads),
            ("intermediate", self.intermediate),
            ("positions", self.positions),
        ];
        for (key, value) in sizes {
            match (&self.start_from, value) {
                (Some(_), Some(_)) => {
                    bail!("model.{key}: taken from model.start_from; leave this key out")
                }
                (None, None) => bail!("model.{key}: missing; set it, or set model.start_from"),
                (None, Some(0)) => bail!("model.{key}: expected at least 1, found 0"),
                _ => {}
            }
        }
        if let (Some(hidden), Some(heads)) = (self.hidden, self.heads) {
            ensure!(
                hidden % heads == 0,
                "model.hidden: {hidden} is not a multiple of model.heads ({heads})"
            );
        }
        if let Some(positions) = self.positions {
            ensure!(
                max_length <= positions,
                "examples.max_length: {max_length} is above model.positions ({positions})"
            );
        }
        Ok(())
    }
}

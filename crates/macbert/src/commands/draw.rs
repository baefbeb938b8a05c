//! Opens shards with the pairs and masks that the command line, or a job's config, asks for.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use dataset::{TrainingExamples, WeightedFolder, open_masker, open_mixture, open_vocabulary};
use masking::{Masker, MaskingOptions, Objective, ObjectiveName};
use segment::Vocabulary;
use shard::{Manifest, Split};
use sop::PairObjective;

use crate::arguments::draw::SourceArguments;
use crate::config::job::Config;
use crate::config::load::load;
use crate::progress::note;

/// Folders of shards, and what is drawn for their examples.
pub(super) struct Source {
    /// The folders, each with the weight of a mixture. There is at least one.
    pub folders: Vec<WeightedFolder>,
    /// The seed of pairs and masks.
    pub seed: u64,
    /// How pairs are drawn.
    pub pairs: PairObjective,
    objective: Objective,
}

impl Source {
    /// Resolves the command line: an option goes before the config, and the config before the default.
    pub(super) fn of(arguments: &SourceArguments) -> Result<Self> {
        let config = arguments.config.as_ref();
        let config = config.map(|path| load(path, &arguments.set)).transpose()?;
        let folders = folders(arguments.shards.as_ref(), config.as_ref())?;
        let seed = match (arguments.seed, &config) {
            (Some(seed), _) => seed,
            (None, Some(config)) => config.seed,
            (None, None) => Manifest::read(&folders[0].path)?.seed,
        };
        let objective = match (arguments.objective, &config) {
            (Some(choice), _) => MaskingOptions::preset(choice.0).resolve()?,
            (None, Some(config)) => config.objective()?,
            (None, None) => MaskingOptions::preset(ObjectiveName::Mac).resolve()?,
        };
        let configured = config.map(|config| config.pairs.objective);
        let typed = arguments.pairs.map(|choice| choice.0);
        Ok(Self {
            folders,
            seed,
            objective,
            pairs: typed.or(configured).unwrap_or(PairObjective::Sop),
        })
    }

    /// Opens the vocabulary of the shards.
    pub(super) fn vocabulary(&self) -> Result<Arc<Vocabulary>> {
        Ok(open_vocabulary(&self.folders[0].path)?)
    }

    /// Makes what draws the masks.
    pub(super) fn masker(&self, vocabulary: &Arc<Vocabulary>) -> Result<Arc<Masker>> {
        let folder = &self.folders[0].path;
        Ok(open_masker(folder, vocabulary, self.objective.clone())?)
    }

    /// Opens one side of the shards.
    pub(super) fn examples(&self, split: Split, masker: &Arc<Masker>) -> Result<TrainingExamples> {
        Ok(open_mixture(
            &self.folders,
            split,
            masker,
            self.pairs,
            self.seed,
        )?)
    }

    /// Says at which rate masks are drawn, if the rate depends on the step: nobody says of which step they should be.
    pub(super) fn note_rate(&self) {
        if self.objective.changes_rate() {
            note(&format!(
                "masks are drawn at the rate of the last step, {} (masking.last_rate); the first step of a run has {}",
                self.objective.final_rate(),
                self.objective.rate
            ));
        }
    }

    /// Refuses an objective whose rate depends on the step. Exported masks are drawn once, for all steps.
    pub(super) fn check_one_rate(&self) -> Result<()> {
        let last_rate = self.objective.final_rate();
        ensure!(
            !self.objective.changes_rate(),
            "masking.last_rate: the mask rate changes from step to step, but exported masks have one rate; for that of the last \
             step, add --set masking.rate={last_rate}"
        );
        Ok(())
    }

    /// The folders in words, for a title.
    pub(super) fn title(&self) -> String {
        let paths = self
            .folders
            .iter()
            .map(|folder| folder.path.display().to_string());
        paths.collect::<Vec<_>>().join(", ")
    }
}

/// The folder that was typed, or all folders of the config.
fn folders(typed: Option<&PathBuf>, config: Option<&Config>) -> Result<Vec<WeightedFolder>> {
    if let Some(path) = typed {
        let (path, weight) = (path.clone(), 1.0);
        return Ok(vec![WeightedFolder { path, weight }]);
    }
    let config = config.context("neither a folder of shards nor --config was given")?;
    Ok(config.shard_folders())
}

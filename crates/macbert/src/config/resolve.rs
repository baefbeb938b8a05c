//! A config checked whole, before any work starts.

use anyhow::{Context as _, Result, bail, ensure};
use masking::Objective;
use model::BertConfig;
use synonym::{CompileOptions, VectorFormat, Weights};

use crate::commands::hub_folder;
use crate::failure::wrong_call;

use super::{Config, ModelSection, SimilarWordsSection};

/// What a similar-word table is compiled from.
pub(crate) enum TableSource {
    /// `word<TAB>similar<TAB>score` lines.
    List,
    /// Word vectors.
    Vectors(VectorFormat),
}

impl Config {
    /// Everything that can be told to be wrong without reading another file.
    pub(super) fn check(&self) -> Result<()> {
        let objective = self.objective()?;
        ensure!(
            objective.similar == 0.0 || self.similar_words.is_some(),
            "masking.objective: it replaces with similar words, so the config needs [similar_words]"
        );
        let share = |key: &str, value: f64| -> Result<()> {
            ensure!(
                (0.0..1.0).contains(&value),
                "{key}: expected a share from 0 to below 1, found {value}"
            );
            Ok(())
        };
        share("shards.held_out_share", self.shards.held_out_share)?;
        share("model.dropout", self.model.dropout)?;
        ensure!(
            (0.0..=1.0).contains(&self.examples.short_share),
            "examples.short_share: expected a share from 0 to 1, found {}",
            self.examples.short_share
        );
        ensure!(
            self.shards.examples_per_shard > 0,
            "shards.examples_per_shard: expected at least 1, found 0"
        );
        let longest = shard::MAX_LENGTH;
        ensure!(
            (8..=longest).contains(&self.examples.max_length),
            "examples.max_length: expected 8 to {longest}, found {}",
            self.examples.max_length
        );
        if let Some(problem) = self
            .train
            .problem()
            .or_else(|| self.optimizer.problem(self.train.steps))
        {
            bail!("{problem}");
        }
        if let Some(similar_words) = &self.similar_words {
            similar_words.check()?;
        }
        self.model.check(self.examples.max_length)
    }

    /// A checkpoint to start from has to take the examples (method §8.17) and to cut text alike; it is looked into before
    /// anything else is read.
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
                "examples.max_length: {max_length} is above its positions ({positions})"
            );
            let (_, lower_case) = hub_folder::tokenizer_of(&checkpoint)?;
            ensure!(
                lower_case == self.segment.lower_case,
                "segment.lower_case: {} here, {lower_case} there",
                self.segment.lower_case
            );
            Ok(())
        };
        check()
            .with_context(|| format!("model.start_from: {}", checkpoint.display()))
            .map_err(wrong_call)
    }

    /// What is masked, and how.
    pub(crate) fn objective(&self) -> Result<Objective> {
        Ok(self.masking.resolve()?)
    }

    /// The sizes of a model from scratch.
    pub(crate) fn bert_config(&self, n_pieces: usize, pad: usize) -> Result<BertConfig> {
        let section = &self.model;
        let size = |key: &str, value: Option<usize>| {
            value.with_context(|| format!("model.{key} is missing"))
        };
        let hidden = size("hidden", section.hidden)?;
        let config = BertConfig {
            num_attention_heads: size("heads", section.heads)?,
            intermediate_size: size("intermediate", section.intermediate)?,
            max_position_embeddings: size("positions", section.positions)?,
            hidden_dropout_prob: section.dropout,
            attention_probs_dropout_prob: section.dropout,
            pad_token_id: pad,
            ..BertConfig::new(n_pieces, size("layers", section.layers)?, hidden)
        };
        config.check()?;
        Ok(config)
    }
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
                (Some(_), Some(_)) => bail!(
                    "model.{key}: a model that starts from a checkpoint has its own; leave it out"
                ),
                (None, None) => bail!("model.{key}: missing; give it, or model.start_from"),
                (None, Some(0)) => bail!("model.{key}: expected at least 1, found 0"),
                _ => {}
            }
        }
        if let (Some(hidden), Some(heads)) = (self.hidden, self.heads) {
            ensure!(
                hidden % heads == 0,
                "model.hidden: {hidden} is no multiple of model.heads ({heads})"
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

impl SimilarWordsSection {
    /// Everything that can be told to be wrong without reading another file.
    pub(super) fn check(&self) -> Result<()> {
        let is_list = matches!(self.source_kind()?, TableSource::List);
        ensure!(
            !is_list || self.mode.is_none(),
            "similar_words.mode: a list is ranked by its scores; leave it out"
        );
        ensure!(
            is_list || self.weights != Some(Weights::Listed),
            "similar_words.weights: only a list has weights of its own; expected uniform, similarity or frequency"
        );
        ensure!(
            self.counts.is_none() || self.weights == Some(Weights::Frequency),
            "similar_words.counts: only weights = \"frequency\" go by them; leave them out"
        );
        ensure!(
            self.thesaurus.is_some() || self.thesaurus_use.is_none(),
            "similar_words.thesaurus_use: there is no similar_words.thesaurus"
        );
        Ok(())
    }

    /// What the source is.
    pub(crate) fn source_kind(&self) -> Result<TableSource> {
        Ok(match self.format.as_deref().unwrap_or("list") {
            "list" => TableSource::List,
            "finalfusion" => TableSource::Vectors(VectorFormat::Finalfusion),
            "word2vec" => TableSource::Vectors(VectorFormat::Word2vec),
            "text_dims" => TableSource::Vectors(VectorFormat::TextDims),
            "text" => TableSource::Vectors(VectorFormat::Text),
            "fasttext" => TableSource::Vectors(VectorFormat::Fasttext),
            "floret" => TableSource::Vectors(VectorFormat::Floret),
            other => bail!(
                "similar_words.format: expected list, finalfusion, word2vec, text_dims, text, fasttext or floret, found `{other}`"
            ),
        })
    }

    /// Which candidates are kept and how they are drawn; `also` says what else decided the entries.
    pub(crate) fn compile_options(&self, also: String) -> CompileOptions {
        CompileOptions {
            top_k: self.top_k,
            min_score: self.min_score,
            weights: self.weights.unwrap_or_default(),
            also,
        }
    }
}

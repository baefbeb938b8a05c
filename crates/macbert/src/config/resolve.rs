//! Turns the keys of a job's config into the options that the libraries expect.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use dataset::WeightedFolder;
use masking::Objective;
use model::BertConfig;
use segment::{SegmentOptions, VocabularyBuildOptions};
use synonym::{SimilarWordsSection, TableJob};

use super::job::Config;
use super::paths::seen_from;

/// How text is cut, with paths relative to where the program runs.
pub(super) fn segment_options(base: &Path, options: &SegmentOptions) -> SegmentOptions {
    let dictionary = options.dictionary.as_ref();
    SegmentOptions {
        dictionary: dictionary.map(|path| seen_from(base, path)),
        ..options.clone()
    }
}

/// How a similar-word table is compiled, with paths relative to where the program runs.
pub(super) fn table_job(
    base: &Path,
    segment: &SegmentOptions,
    section: &SimilarWordsSection,
) -> TableJob {
    TableJob {
        segment: segment_options(base, segment),
        section: section.with_paths(|path| seen_from(base, path)),
    }
}

impl Config {
    /// A path of the config, relative to where the program runs.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        seen_from(&self.base, path)
    }

    /// How text is cut, with paths relative to where the program runs.
    pub(crate) fn segment_options(&self) -> SegmentOptions {
        segment_options(&self.base, &self.segment)
    }

    /// How the similar-word table is compiled; `None` if the config has no `[similar_words]`.
    pub(crate) fn table_job(&self) -> Option<TableJob> {
        let section = self.similar_words.as_ref()?;
        Some(table_job(&self.base, &self.segment, section))
    }

    /// The seed of what shards hold.
    pub(crate) fn shards_seed(&self) -> u64 {
        self.shards.seed.unwrap_or(self.seed)
    }

    /// The folders of shards that are trained on, with their weights.
    pub(crate) fn shard_folders(&self) -> Vec<WeightedFolder> {
        if self.mixture.is_empty() {
            let path = self.path(&self.shards.directory);
            return vec![WeightedFolder { path, weight: 1.0 }];
        }
        let folders = self.mixture.iter().map(|part| WeightedFolder {
            path: self.path(&part.directory),
            weight: part.weight,
        });
        folders.collect()
    }

    /// How the vocabulary is built; `None` if the config does not say.
    pub(crate) fn vocabulary_build_options(&self) -> Option<VocabularyBuildOptions> {
        let build = self.vocabulary.build.as_ref()?;
        Some(VocabularyBuildOptions {
            min_character_count: build.min_character_count,
            min_word_count: build.min_word_count,
            max_size: build.max_size,
            lower_case: self.segment.lower_case,
        })
    }

    /// What is masked, and how.
    pub(crate) fn objective(&self) -> Result<Objective> {
        Ok(self.masking.resolve()?)
    }

    /// The config of a model that is trained from scratch, for a vocabulary of `n_pieces` whose `[PAD]` has the id
    /// `pad`.
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

//! Where a command finds a table and its vocabulary: shards, a job's config, or a config of similar words.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use segment::{SegmentOptions, Vocabulary};
use synonym::SimilarWords;

use crate::arguments::TableArguments;
use crate::config::{self, SimilarWordsSection};
use crate::failure::wrong_call;

use super::build::TableJob;

/// A table with its vocabulary.
pub(super) struct Opened {
    pub vocabulary: Arc<Vocabulary>,
    pub table: SimilarWords,
    pub lower_case: bool,
    /// What it was compiled by; a folder of shards does not say.
    source: Option<(PathBuf, SegmentOptions, SimilarWordsSection)>,
}

impl Opened {
    pub(super) fn open(arguments: &TableArguments) -> Result<Self> {
        if let Some(shards) = &arguments.shards {
            let vocabulary = Vocabulary::read(&shards.join(shard::VOCABULARY))?;
            let table = SimilarWords::open(&shards.join(shard::TABLE), &vocabulary)?;
            let manifest = shard::ShardSet::manifest_of(shards)?;
            return Ok(Self {
                vocabulary: Arc::new(vocabulary),
                table,
                lower_case: manifest.segmenter.lower_case,
                source: None,
            });
        }
        let path = arguments.config.as_deref().unwrap_or(Path::new(""));
        let (base, vocabulary, segment, section) = if config::is_words_config(path) {
            let config = config::load_words(Some(path), &arguments.set)?;
            let section = config.similar_words;
            (config.base, config.vocabulary.path, config.segment, section)
        } else {
            let config = config::load(path, &arguments.set)?;
            let section = config.similar_words;
            let section = section.context("the config has no [similar_words]");
            let section = section.map_err(wrong_call)?;
            (config.base, config.vocabulary.path, config.segment, section)
        };
        let vocabulary = Vocabulary::read(&base.join(vocabulary))?;
        Ok(Self {
            table: SimilarWords::open(&base.join(&section.table), &vocabulary)?,
            vocabulary: Arc::new(vocabulary),
            lower_case: segment.lower_case,
            source: Some((base, segment, section)),
        })
    }

    /// What the table was compiled by, where that is known.
    pub(super) fn job(&self) -> Option<TableJob<'_>> {
        let (base, segment, section) = self.source.as_ref()?;
        Some(TableJob {
            base,
            segment,
            section,
        })
    }
}

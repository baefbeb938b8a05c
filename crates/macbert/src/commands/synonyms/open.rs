//! Opening a table with its vocabulary: from a folder of shards, a job's config, or a config of similar words.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use segment::Vocabulary;
use synonym::{SimilarWords, TableJob};

use crate::arguments::synonyms::TableArguments;
use crate::config::load::load;
use crate::config::words::{is_words_config, load_words};
use crate::failure::usage_error;

/// A table with its vocabulary.
pub(super) struct Opened {
    pub vocabulary: Arc<Vocabulary>,
    pub table: SimilarWords,
    pub lower_case: bool,
    /// The options that the table was compiled with; `None` for a folder of shards, which does not record them.
    pub job: Option<TableJob>,
}

impl Opened {
    /// Opens the table that the command line names.
    pub(super) fn open(arguments: &TableArguments) -> Result<Self> {
        if let Some(shards) = &arguments.shards {
            let vocabulary = Vocabulary::read(&shards.join(shard::VOCABULARY))?;
            let table = SimilarWords::open(&shards.join(shard::TABLE), &vocabulary)?;
            let manifest = shard::Manifest::read(shards)?;
            return Ok(Self {
                vocabulary: Arc::new(vocabulary),
                table,
                lower_case: manifest.segmenter.lower_case,
                job: None,
            });
        }
        let path = arguments.config.as_deref().unwrap_or(Path::new(""));
        let (vocabulary, job) = if is_words_config(path) {
            let config = load_words(Some(path), &arguments.set)?;
            (config.path(&config.vocabulary.path), config.table_job())
        } else {
            let config = load(path, &arguments.set)?;
            let job = config.table_job();
            let job = job.context("the config has no [similar_words]");
            let vocabulary = config.path(&config.vocabulary.path);
            (vocabulary, job.map_err(usage_error)?)
        };
        let vocabulary = Vocabulary::read(&vocabulary)?;
        Ok(Self {
            table: SimilarWords::open(&job.section.table, &vocabulary)?,
            vocabulary: Arc::new(vocabulary),
            lower_case: job.segment.lower_case,
            job: Some(job),
        })
    }
}

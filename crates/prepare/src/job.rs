//! A preparation: what goes in, what it says on its way, what it ends with.

use std::path::Path;
use std::time::Duration;

use corpus::{Corpus, CorpusFile, DropReport, Share};
use segment::Segmenter;
use shard::{Counts, Manifest, VocabularyBinding};
use sop::ExampleOptions;
use synonym::{FunctionWords, SimilarWords};

use crate::quality::Quality;
use crate::task::mark;

/// What goes into shards.
pub struct PrepareJob<'j> {
    /// The raw text.
    pub corpus: &'j Corpus,
    /// What cuts it.
    pub segmenter: &'j Segmenter,
    /// The similar-word table: copied into the folder, and its coverage is counted.
    pub table: Option<&'j SimilarWords>,
    /// Words left out of the coverage.
    pub function_words: &'j FunctionWords,
    /// Runs of sentences.
    pub examples: &'j ExampleOptions,
    /// The share of documents that is held out.
    pub held_out_share: f64,
    /// Everything random follows from it.
    pub seed: u64,
    /// Examples of a file.
    pub examples_per_shard: usize,
    /// The part of the corpus that is this task's, where several tasks prepare it; [`crate::merge`] joins them.
    pub task: Option<Share>,
    /// From which likeness on documents are near duplicates, where they are looked for.
    pub near_duplicates: Option<f64>,
    /// The folder to write; tasks write into folders of their own in it.
    pub folder: &'j Path,
    /// The resolved config, kept in the manifest: everything above that decides the shards' bytes.
    pub config: serde_json::Value,
}

impl PrepareJob<'_> {
    /// The manifest before anything is read.
    pub(crate) fn manifest(&self) -> Manifest {
        let vocabulary = self.segmenter.vocabulary();
        let files = self.corpus.files();
        Manifest {
            version: Manifest::VERSION,
            task: self.task.map(mark),
            vocabulary: VocabularyBinding {
                sha256: vocabulary.sha256().to_owned(),
                n_pieces: vocabulary.len(),
            },
            segmenter: self.segmenter.fingerprint().clone(),
            table_sha256: self.table.map(|table| table.sha256().to_owned()),
            max_length: self.examples.max_length,
            seed: self.seed,
            config: self.config.clone(),
            paths: files.iter().map(|file| file.path().to_string()).collect(),
            path_bytes: files.iter().map(CorpusFile::bytes).collect(),
            counts: Counts::default(),
            train: Vec::new(),
            held_out: Vec::new(),
        }
    }
}

/// How far a preparation is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Bytes of the corpus read so far.
    pub bytes: u64,
    /// Its bytes in all.
    pub total: u64,
    /// Documents so far.
    pub documents: u64,
}

/// A preparation that ended.
#[derive(Debug)]
pub struct Finished {
    /// The manifest.
    pub manifest: Manifest,
    /// Whether the shards were there already.
    pub was_done: bool,
    /// What the corpus is worth, beside the manifest's counts; none where another version wrote the shards.
    pub quality: Option<Quality>,
    /// Records that were dropped on reading.
    pub drops: DropReport,
    /// Where the time went; in no file, since shards are the same bytes every time.
    pub times: Times,
}

/// Where the time went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// From start to end.
    pub total: Duration,
    /// Reading the corpus.
    pub read: Duration,
    /// Cutting text, summed over threads.
    pub segment: Duration,
    /// Counting and making examples, summed over threads.
    pub examples: Duration,
    /// Writing shards.
    pub write: Duration,
    /// Looking for near duplicates.
    pub near_duplicates: Duration,
}

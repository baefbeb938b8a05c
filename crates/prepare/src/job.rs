//! A preparation: its input, its progress and its result.

use std::path::Path;
use std::time::Duration;

use corpus::{Corpus, CorpusFile, DropReport, Share};
use segment::Segmenter;
use shard::{Counts, Manifest, VocabularyBinding};
use sop::{ExampleOptions, PairObjective};
use synonym::{FunctionWords, SimilarWords};

use crate::quality::report::Quality;
use crate::task::mark;

/// The input of a preparation.
pub struct PrepareJob<'j> {
    /// The raw text.
    pub corpus: &'j Corpus,
    /// Cuts the text into sentences, units and pieces.
    pub segmenter: &'j Segmenter,
    /// The table of similar words. It is copied into the folder, and its coverage of the text is counted.
    pub table: Option<&'j SimilarWords>,
    /// Words that the coverage leaves out.
    pub function_words: &'j FunctionWords,
    /// How sentences are joined to examples.
    pub examples: &'j ExampleOptions,
    /// What the order head is to learn. Without pairs, single sentences are examples too.
    pub pairs: PairObjective,
    /// The share of documents that are held out; from 0 to below 1.
    pub held_out_share: f64,
    /// The seed of all random draws.
    pub seed: u64,
    /// The number of examples per file.
    pub examples_per_shard: usize,
    /// The part of the corpus to prepare, if several tasks share it. [`merge`](crate::merge()) joins their folders.
    pub task: Option<Share>,
    /// Whether the shards are written even if most of their pieces are `[UNK]`.
    pub allow_unknown: bool,
    /// The least similarity of near duplicates, if they are to be searched; from 0 to 1.
    pub near_duplicates: Option<f64>,
    /// The folder to write. A task writes a folder of its own inside.
    pub folder: &'j Path,
    /// The resolved config, for the manifest. A folder is recognised by it, so it must contain everything that decides
    /// the bytes of the shards.
    pub config: serde_json::Value,
}

impl PrepareJob<'_> {
    /// The manifest before anything is read: without files and counts.
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
            single_sentences: self.pairs.least_sentences() == 1,
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
    /// Bytes of the corpus that are done.
    pub bytes: u64,
    /// Bytes of the whole corpus, or of the task's part.
    pub total: u64,
    /// Documents that are done.
    pub documents: u64,
}

/// The result of a preparation.
#[derive(Debug)]
pub struct Finished {
    /// The manifest of the shards.
    pub manifest: Manifest,
    /// Whether an earlier run had made the shards.
    pub was_done: bool,
    /// The quality report. `None` if an earlier run of another version made the shards.
    pub quality: Option<Quality>,
    /// Records that were dropped on reading.
    pub drops: DropReport,
    /// The time of each stage. It is in no file, because equal input gives equal files.
    pub times: Times,
}

/// The time of each stage of a preparation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// From start to end.
    pub total: Duration,
    /// Reading the corpus.
    pub read: Duration,
    /// Cutting text, summed over threads.
    pub segment: Duration,
    /// Counting, and making examples, summed over threads.
    pub examples: Duration,
    /// Writing shards.
    pub write: Duration,
    /// Searching near duplicates.
    pub near_duplicates: Duration,
}

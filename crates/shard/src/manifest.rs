//! The manifest: what a folder of shards contains, and what it was made with.

use std::collections::BTreeMap;

use segment::Fingerprint;
use serde::{Deserialize, Serialize};
use sop::ExampleDrops;

use crate::split::Split;

/// A file of examples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardFile {
    /// The path of the file in the folder.
    pub name: String,
    /// The number of examples.
    pub n_examples: u64,
    /// The number of pieces of all examples, without special tokens.
    pub n_pieces: u64,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// Identifies the task that wrote a part of a corpus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskMark {
    /// The index of the task, from 0.
    pub index: u64,
    /// The number of tasks.
    pub n_tasks: u64,
    /// The program that wrote the shards, with its version.
    pub program: String,
}

/// The vocabulary that shards are bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularyBinding {
    /// The SHA-256 of its `vocab.txt`, in hexadecimal.
    pub sha256: String,
    /// The number of its pieces.
    pub n_pieces: usize,
}

/// Counts of a preparation: what was read, and what was made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Documents read.
    pub documents: u64,
    /// Records dropped on reading, by reason.
    pub dropped_records: BTreeMap<String, u64>,
    /// Documents held out.
    pub held_out_documents: u64,
    /// Documents that would be held out by their hash, but are trained on, because no other document gives an example.
    pub unheld_documents: u64,
    /// Characters of all documents.
    pub characters: u64,
    /// Sentences with at least one piece.
    pub sentences: u64,
    /// Sentences without a piece, which are left out.
    pub empty_sentences: u64,
    /// Units of all documents.
    pub units: u64,
    /// Pieces of all documents.
    pub pieces: u64,
    /// Pieces that are `[UNK]`.
    pub unknown_pieces: u64,
    /// Running units of Chinese characters that are not function words.
    pub han_units: u64,
    /// Units among `han_units` that have a similar word.
    pub han_units_with_similar: u64,
    /// Sentences and documents that were cut or dropped when examples were made.
    pub drops: ExampleDrops,
    /// Examples of both sides.
    pub examples: u64,
    /// Pieces of all examples, without special tokens.
    pub example_pieces: u64,
}

impl std::ops::AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        for (reason, count) in &other.dropped_records {
            *self.dropped_records.entry(reason.clone()).or_default() += count;
        }
        self.documents += other.documents;
        self.held_out_documents += other.held_out_documents;
        self.unheld_documents += other.unheld_documents;
        self.characters += other.characters;
        self.sentences += other.sentences;
        self.empty_sentences += other.empty_sentences;
        self.units += other.units;
        self.pieces += other.pieces;
        self.unknown_pieces += other.unknown_pieces;
        self.han_units += other.han_units;
        self.han_units_with_similar += other.han_units_with_similar;
        self.drops += other.drops;
        self.examples += other.examples;
        self.example_pieces += other.example_pieces;
    }
}

/// Describes a folder of shards: its files, what they were made with, and the counts of the preparation.
///
/// It contains no time, no machine and no number of threads, so the same input gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the format.
    pub version: u32,
    /// The task that wrote the folder, if the folder has only a part of the corpus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskMark>,
    /// The vocabulary of the piece ids.
    pub vocabulary: VocabularyBinding,
    /// The segmenter that cut the text; includes the hash of the user dictionary.
    pub segmenter: Fingerprint,
    /// The SHA-256 of the table of similar words in the folder, in hexadecimal. The coverage was counted with it.
    pub table_sha256: Option<String>,
    /// The most pieces of an example, including special tokens.
    pub max_length: usize,
    /// Whether single sentences are examples too, because the shards were prepared without pairs (method §3.5).
    pub single_sentences: bool,
    /// The seed of all random draws of the preparation.
    pub seed: u64,
    /// The resolved config.
    pub config: serde_json::Value,
    /// The files of the corpus. Rows refer to them by index.
    pub paths: Vec<String>,
    /// The size of each file of the corpus on disk, in bytes.
    pub path_bytes: Vec<u64>,
    /// The counts of the preparation.
    pub counts: Counts,
    /// The files of examples to train on.
    pub train: Vec<ShardFile>,
    /// The files of held-out examples.
    pub held_out: Vec<ShardFile>,
}

impl Manifest {
    /// The version of the format that this program reads and writes.
    pub const VERSION: u32 = 2;

    /// The files of a side, in the order of the examples.
    pub fn files(&self, split: Split) -> &[ShardFile] {
        match split {
            Split::Train => &self.train,
            Split::HeldOut => &self.held_out,
        }
    }

    /// Makes the held-out examples examples to train on. Preparation does this if all examples would be held out: without
    /// one to train on, they would be of no use.
    pub fn train_on_all(&mut self) {
        self.train.append(&mut self.held_out);
        self.counts.unheld_documents = std::mem::take(&mut self.counts.held_out_documents);
    }

    /// The share of padding if every example is padded to `max_length`; from 0 to 1.
    pub fn padding_share(&self) -> f64 {
        let filled = self.counts.example_pieces + self.counts.examples * sop::N_SPECIALS as u64;
        let padded = self.counts.examples * self.max_length as u64;
        if padded == 0 {
            0.0
        } else {
            1.0 - filled as f64 / padded as f64
        }
    }
}

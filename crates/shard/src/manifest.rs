//! The manifest: what a folder of shards holds, and what it was made with.

use std::collections::BTreeMap;

use segment::Fingerprint;
use serde::{Deserialize, Serialize};
use sop::ExampleDrops;

/// A side of the held-out split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Trained on.
    Train,
    /// Never trained on.
    HeldOut,
}

impl Split {
    /// The name, as files and options write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::HeldOut => "held_out",
        }
    }
}

/// A file of examples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardFile {
    /// Its name in the folder.
    pub name: String,
    /// Its examples.
    pub n_examples: u64,
    /// Their pieces, without specials.
    pub n_pieces: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its hash.
    pub sha256: String,
}

/// Which task of several wrote a folder of shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskMark {
    /// The task, from 0.
    pub index: u64,
    /// How many there are.
    pub n_tasks: u64,
    /// What wrote it, and its version.
    pub program: String,
}

/// The vocabulary that shards are bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularyBinding {
    /// Hash of its `vocab.txt`.
    pub sha256: String,
    /// Its number of pieces.
    pub n_pieces: usize,
}

/// What went in, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Documents read.
    pub documents: u64,
    /// Records dropped on reading, by reason.
    pub dropped_records: BTreeMap<String, u64>,
    /// Documents held out.
    pub held_out_documents: u64,
    /// Characters of all documents.
    pub characters: u64,
    /// Sentences with a piece.
    pub sentences: u64,
    /// Sentences without one, left out.
    pub empty_sentences: u64,
    /// Units.
    pub units: u64,
    /// Pieces.
    pub pieces: u64,
    /// Pieces that are `[UNK]`.
    pub unknown_pieces: u64,
    /// Running Han units that are not function words.
    pub han_units: u64,
    /// Those with a similar word.
    pub han_units_with_similar: u64,
    /// Sentences and documents cut or dropped on the way to examples.
    pub drops: ExampleDrops,
    /// Examples of both sides.
    pub examples: u64,
    /// Their pieces, without specials.
    pub example_pieces: u64,
}

impl std::ops::AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        for (reason, count) in &other.dropped_records {
            *self.dropped_records.entry(reason.clone()).or_default() += count;
        }
        self.documents += other.documents;
        self.held_out_documents += other.held_out_documents;
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

/// What a folder of shards holds, and what it was made with; no clock, no machine, no number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format.
    pub version: u32,
    /// The task that wrote it, where it holds only a part of the corpus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskMark>,
    /// The vocabulary that ids are of.
    pub vocabulary: VocabularyBinding,
    /// What cut the text; holds the hash of the user dictionary.
    pub segmenter: Fingerprint,
    /// Hash of the similar-word table that the coverage was counted with, and that lies in the folder.
    pub table_sha256: Option<String>,
    /// What no example is longer than, in pieces, specials included.
    pub max_length: usize,
    /// Everything random in the shards follows from it.
    pub seed: u64,
    /// The resolved config.
    pub config: serde_json::Value,
    /// The corpus's files, as rows refer to them.
    pub paths: Vec<String>,
    /// The size of each in bytes, as it lay on disk.
    pub path_bytes: Vec<u64>,
    /// What went in, and what became of it.
    pub counts: Counts,
    /// Files that are trained on.
    pub train: Vec<ShardFile>,
    /// Files that are held out.
    pub held_out: Vec<ShardFile>,
}

impl Manifest {
    /// Version of the format.
    pub const VERSION: u32 = 1;

    /// The files of a side, in the order of its examples.
    pub fn files(&self, split: Split) -> &[ShardFile] {
        match split {
            Split::Train => &self.train,
            Split::HeldOut => &self.held_out,
        }
    }

    /// The share of places that padding takes when every example is padded to `max_length`.
    pub fn padding_share(&self) -> f64 {
        let filled = self.counts.example_pieces + self.counts.examples * sop::N_SPECIALS as u64;
        let places = self.counts.examples * self.max_length as u64;
        if places == 0 {
            0.0
        } else {
            1.0 - filled as f64 / places as f64
        }
    }
}

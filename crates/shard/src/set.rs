//! One side of a folder of shards, verified, memory-mapped, read at any place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use segment::Vocabulary;
use sop::Example;

use crate::columns::{PieceWidth, example};
use crate::error::ShardError;
use crate::manifest::{Manifest, Split};
use crate::mapped::open_file;
use crate::writer::BATCH_ROWS;

/// The examples of a side, in the order that they were written; shared by all threads.
pub struct ShardSet {
    folder: PathBuf,
    split: Split,
    manifest: Manifest,
    paths: Vec<Arc<str>>,
    shards: Vec<Shard>,
    len: usize,
}

/// Invariant: every batch but the last has [`BATCH_ROWS`] rows.
struct Shard {
    path: PathBuf,
    first: usize,
    batches: Vec<RecordBatch>,
}

impl ShardSet {
    /// Reads a folder's manifest.
    pub fn manifest_of(folder: &Path) -> Result<Manifest, ShardError> {
        Manifest::read(folder)
    }

    /// Opens a side; sizes and checksums of its files are verified.
    pub fn open(folder: &Path, split: Split) -> Result<Self, ShardError> {
        let manifest = Manifest::read(folder)?;
        let width = PieceWidth::of(manifest.vocabulary.n_pieces);
        let mut shards = Vec::new();
        let mut len = 0;
        for file in manifest.files(split) {
            let path = folder.join(&file.name);
            shards.push(Shard {
                batches: open_file(&path, file, width)?,
                path,
                first: len,
            });
            len += file.n_examples as usize;
        }
        let paths = manifest.paths.iter().map(|path| Arc::from(path.as_str()));
        Ok(Self {
            folder: folder.to_path_buf(),
            split,
            paths: paths.collect(),
            manifest,
            shards,
            len,
        })
    }

    /// What the folder holds and was made with.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The side.
    pub const fn split(&self) -> Split {
        self.split
    }

    /// How many examples there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Example `index`, from 0; only its own bytes are read.
    ///
    /// # Panics
    /// Where there are no more than `index` examples.
    pub fn example(&self, index: usize) -> Result<Example, ShardError> {
        assert!(index < self.len, "example {index} of {}", self.len);
        // Files without examples begin where the next one begins: the last that begins here has it.
        let shard = &self.shards[self.shards.partition_point(|shard| shard.first <= index) - 1];
        let row = index - shard.first;
        let (batch, row) = (&shard.batches[row / BATCH_ROWS], row % BATCH_ROWS);
        let n_pieces = self.manifest.vocabulary.n_pieces;
        example(batch, row, &self.paths, n_pieces).map_err(|reason| ShardError::Malformed {
            path: shard.path.clone(),
            reason,
        })
    }

    /// All examples in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<Example, ShardError>> + use<'_> {
        (0..self.len).map(|index| self.example(index))
    }

    /// Refuses a vocabulary that the shards were not made with.
    pub fn check_vocabulary(&self, vocabulary: &Vocabulary) -> Result<(), ShardError> {
        if self.manifest.vocabulary.sha256 == vocabulary.sha256() {
            return Ok(());
        }
        Err(ShardError::OtherVocabulary {
            path: self.folder.clone(),
            shards: self.manifest.vocabulary.sha256.clone(),
            vocabulary: vocabulary.sha256().to_owned(),
        })
    }
}

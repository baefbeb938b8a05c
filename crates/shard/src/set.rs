//! Reads the examples of one side of a folder of shards, at any index.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use segment::Vocabulary;
use sop::Example;

use crate::columns::{BATCH_ROWS, PieceWidth, example};
use crate::error::ShardError;
use crate::manifest::Manifest;
use crate::mapped::open_file;
use crate::split::Split;

/// The examples of one side, in the order in which they were written. Threads can share it.
pub struct ShardSet {
    folder: PathBuf,
    split: Split,
    manifest: Manifest,
    paths: Vec<Arc<str>>,
    shards: Vec<Shard>,
    len: usize,
}

/// One file of examples.
struct Shard {
    path: PathBuf,
    /// The index of its first example in the set.
    first: usize,
    /// Every batch but the last has [`BATCH_ROWS`] rows.
    batches: Vec<RecordBatch>,
}

impl ShardSet {
    /// Opens one side of a folder and verifies the sizes and checksums of its files.
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

    /// The manifest of the folder.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The side of the split.
    pub const fn split(&self) -> Split {
        self.split
    }

    /// The number of examples.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no examples.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads the example at `index`, from 0; touches no other bytes of the file.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    pub fn example(&self, index: usize) -> Result<Example, ShardError> {
        assert!(index < self.len, "example {index} of {}", self.len);
        // An empty file has the same `first` as the next one, so the last file that starts at or before `index` has it.
        let shard = &self.shards[self.shards.partition_point(|shard| shard.first <= index) - 1];
        let row = index - shard.first;
        let (batch, row) = (&shard.batches[row / BATCH_ROWS], row % BATCH_ROWS);
        let n_pieces = self.manifest.vocabulary.n_pieces;
        example(batch, row, &self.paths, n_pieces).map_err(|reason| ShardError::Malformed {
            path: shard.path.clone(),
            reason,
        })
    }

    /// Reads all examples, in order.
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

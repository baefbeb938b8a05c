//! One side of a folder of shards, verified, memory-mapped, read at any place.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::root_as_footer;
use bytes::Bytes;
use memmap2::Mmap;
use segment::{Vocabulary, sha256_hex};
use sop::Example;

use crate::MANIFEST;
use crate::columns::{check, example};
use crate::error::ShardError;
use crate::manifest::{Manifest, ShardFile, Split};
use crate::writer::BATCH_ROWS;

/// The examples of a side, in the order that they were written.
pub struct ShardSet {
    folder: PathBuf,
    manifest: Manifest,
    paths: Vec<Arc<str>>,
    shards: Vec<Shard>,
    len: usize,
}

struct Shard {
    path: PathBuf,
    first: usize,
    /// Zero-copy: the buffers lie in the mapped file.
    batches: Vec<RecordBatch>,
}

impl ShardSet {
    /// Reads a folder's manifest.
    pub fn manifest_of(folder: &Path) -> Result<Manifest, ShardError> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|source| ShardError::Read {
            path: path.clone(),
            source,
        })?;
        let wrong = |reason: String| ShardError::Manifest {
            path: path.clone(),
            reason,
        };
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if value["version"] != Manifest::VERSION {
            return Err(wrong(format!(
                "version {}, expected {}",
                value["version"],
                Manifest::VERSION
            )));
        }
        serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
    }

    /// Opens a side; sizes and checksums of its files are verified.
    pub fn open(folder: &Path, split: Split) -> Result<Self, ShardError> {
        let manifest = Self::manifest_of(folder)?;
        let mut shards = Vec::new();
        let mut len = 0;
        for file in manifest.files(split) {
            let batches = open_file(&folder.join(&file.name), file)?;
            shards.push(Shard {
                path: folder.join(&file.name),
                first: len,
                batches,
            });
            len += file.n_examples as usize;
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            paths: manifest
                .paths
                .iter()
                .map(|path| Arc::from(path.as_str()))
                .collect(),
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

    /// How many examples there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Example `index`, from 0.
    pub fn example(&self, index: usize) -> Result<Example, ShardError> {
        let shard = &self.shards[self.shards.partition_point(|shard| shard.first <= index) - 1];
        let row = index - shard.first;
        let found = example(
            &shard.batches[row / BATCH_ROWS],
            row % BATCH_ROWS,
            &self.paths,
        );
        found.map_err(|reason| ShardError::Malformed {
            path: shard.path.clone(),
            reason,
        })
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

#[expect(unsafe_code, reason = "a memory map is what makes random access cheap")]
fn open_file(path: &Path, expected: &ShardFile) -> Result<Vec<RecordBatch>, ShardError> {
    let read = |source| ShardError::Read {
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(read)?;
    // SAFETY: shards are put in place by renaming their folder and never written again.
    let map = unsafe { Mmap::map(&file) }.map_err(read)?;
    let damaged = |what, expected: String, found: String| ShardError::Damaged {
        path: path.to_path_buf(),
        what,
        expected,
        found,
    };
    if map.len() as u64 != expected.bytes {
        return Err(damaged(
            "its size in bytes",
            expected.bytes.to_string(),
            map.len().to_string(),
        ));
    }
    let found = sha256_hex(&map[..]);
    if found != expected.sha256 {
        return Err(damaged("its SHA-256", expected.sha256.clone(), found));
    }
    let batches = decode(map).map_err(|reason| ShardError::Malformed {
        path: path.to_path_buf(),
        reason,
    })?;
    let n_rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if n_rows as u64 != expected.n_examples {
        return Err(damaged(
            "its number of examples",
            expected.n_examples.to_string(),
            n_rows.to_string(),
        ));
    }
    Ok(batches)
}

fn decode(map: Mmap) -> Result<Vec<RecordBatch>, String> {
    let bytes = Buffer::from(Bytes::from_owner(map));
    let trailer = bytes.len().checked_sub(10).ok_or("it is too short")?;
    let trailer_bytes = bytes[trailer..]
        .try_into()
        .map_err(|_| "it has no trailer")?;
    let footer_length = read_footer_length(trailer_bytes).map_err(|error| error.to_string())?;
    let start = trailer
        .checked_sub(footer_length)
        .ok_or("its footer is longer than the file")?;
    let footer = root_as_footer(&bytes[start..trailer]).map_err(|error| error.to_string())?;
    let schema = footer.schema().ok_or("it has no schema")?;
    let schema = try_fb_to_schema(schema).map_err(|error| error.to_string())?;
    check(&schema)?;
    let decoder = FileDecoder::new(Arc::new(schema), footer.version());
    let mut batches = Vec::new();
    for block in footer.recordBatches().into_iter().flatten() {
        let length = block.bodyLength() as usize + block.metaDataLength() as usize;
        let data = bytes.slice_with_length(block.offset() as usize, length);
        let batch = decoder
            .read_record_batch(block, &data)
            .map_err(|error| error.to_string())?;
        batches.extend(batch);
    }
    Ok(batches)
}

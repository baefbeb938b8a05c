//! Opening folders of shards to draw examples from: a folder holds its vocabulary and its similar-word table.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use masking::{Masker, MaskerError, Objective};
use segment::{Vocabulary, VocabularyError};
use shard::{Manifest, ShardError, ShardSet, Split, TABLE, VOCABULARY};
use sop::PairObjective;
use synonym::{SimilarWords, TableError};

use crate::dataset::TrainingExamples;
use crate::error::DatasetError;
use crate::folders::WeightedShards;

/// What went wrong with opening a folder of shards.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder's vocabulary.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// The folder's similar-word table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The folder's manifest or its examples.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The objective asks for what the folder's vocabulary or table does not have.
    #[error(transparent)]
    Masker(#[from] MaskerError),
    /// One side of a folder cannot be drawn from.
    #[error("{folder}, {split}: {source}")]
    Side {
        /// The folder.
        folder: PathBuf,
        /// The side of the split.
        split: &'static str,
        /// Why not.
        source: Box<DatasetError>,
    },
    /// Several folders cannot be drawn from together.
    #[error(transparent)]
    Mixture(DatasetError),
    /// The table is not the one that the manifest names.
    #[error(
        "{path}: the manifest of this folder names the similar-word table {named}, found {found}; put the right one back, or prepare again"
    )]
    OtherTable {
        /// The table's file.
        path: PathBuf,
        /// SHA-256 of the table in the manifest, or `none`.
        named: String,
        /// SHA-256 of the table in the folder, or `none`.
        found: String,
    },
}

/// A folder of shards, and how often an epoch has each of its examples.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedFolder {
    /// The folder.
    pub path: PathBuf,
    /// Times an epoch, above 0. Fractions are allowed: 0.5 gives every epoch half of the examples.
    pub weight: f64,
}

/// Opens the vocabulary of a folder of shards.
pub fn open_vocabulary(folder: &Path) -> Result<Arc<Vocabulary>, OpenError> {
    Ok(Arc::new(Vocabulary::read(&folder.join(VOCABULARY))?))
}

/// Makes what draws masks over a folder of shards. The similar-word table is the folder's own, and has to be the one that
/// the manifest names.
pub fn open_masker(
    folder: &Path,
    vocabulary: &Arc<Vocabulary>,
    objective: Objective,
) -> Result<Arc<Masker>, OpenError> {
    let path = folder.join(TABLE);
    let table = path
        .exists()
        .then(|| SimilarWords::open(&path, vocabulary))
        .transpose()?;
    let named = Manifest::read(folder)?.table_sha256;
    let found = table.as_ref().map(|table| table.sha256().to_owned());
    if found != named {
        let hash = |sha256: Option<String>| sha256.unwrap_or_else(|| "none".to_owned());
        return Err(OpenError::OtherTable {
            path,
            named: hash(named),
            found: hash(found),
        });
    }
    Ok(Arc::new(Masker::new(
        objective,
        Arc::clone(vocabulary),
        table.map(Arc::new),
    )?))
}

/// Opens one side of a folder of shards.
pub fn open_examples(
    folder: &Path,
    split: Split,
    masker: &Arc<Masker>,
    pairs: PairObjective,
    seed: u64,
) -> Result<TrainingExamples, OpenError> {
    let shards = ShardSet::open(folder, split)?;
    TrainingExamples::new(shards, Arc::clone(masker), pairs, seed).map_err(|source| {
        OpenError::Side {
            folder: folder.to_path_buf(),
            split: split.name(),
            source: source.into(),
        }
    })
}

/// Opens one side of several folders of shards.
///
/// The weights count for training examples. All held-out examples come once, whatever the weight, and a folder may have
/// none of them.
pub fn open_mixture(
    folders: &[WeightedFolder],
    split: Split,
    masker: &Arc<Masker>,
    pairs: PairObjective,
    seed: u64,
) -> Result<TrainingExamples, OpenError> {
    let mut sides = Vec::new();
    for WeightedFolder { path, weight } in folders {
        let shards = ShardSet::open(path, split)?;
        let weight = if split == Split::Train { *weight } else { 1.0 };
        sides.push(WeightedShards { shards, weight });
    }
    if split == Split::HeldOut && sides.iter().any(|side| !side.shards.is_empty()) {
        sides.retain(|side| !side.shards.is_empty());
    }
    TrainingExamples::mixed(sides, Arc::clone(masker), pairs, seed).map_err(OpenError::Mixture)
}

//! The folders of shards that a run mixes, and what they have to have in common.

use masking::Masker;
use shard::ShardSet;

use crate::error::DatasetError;
use crate::mixture::{FolderSize, Mixture};

/// One side of a folder of shards, and its share of an epoch.
pub struct WeightedShards {
    /// The side.
    pub shards: ShardSet,
    /// How often an epoch has each of its examples: a number above 0, not necessarily whole.
    pub weight: f64,
}

impl WeightedShards {
    pub(crate) fn size(&self) -> FolderSize {
        FolderSize {
            n_examples: self.shards.len(),
            weight: self.weight,
        }
    }

    /// Refuses a folder that cannot be mixed with the first one, was made with another vocabulary than the masker's, or has
    /// no example in an epoch.
    pub(crate) fn check(&self, first: &ShardSet, masker: &Masker) -> Result<(), DatasetError> {
        check_in_common(first, &self.shards)?;
        self.shards.check_vocabulary(masker.vocabulary())?;
        let folder = self.shards.folder().to_path_buf();
        if self.shards.is_empty() {
            let split = self.shards.split().name();
            return Err(DatasetError::Empty { folder, split });
        }
        // Whether an epoch has an example of the folder does not depend on the seed.
        if Mixture::new(&[self.size()], 0).is_empty() {
            return Err(DatasetError::WeightTooSmall {
                folder,
                weight: self.weight,
                n_examples: self.shards.len(),
            });
        }
        Ok(())
    }
}

/// Refuses two folders that one masker and one model cannot both read.
fn check_in_common(first: &ShardSet, second: &ShardSet) -> Result<(), DatasetError> {
    for (expected, found) in shared(first).into_iter().zip(shared(second)) {
        if expected.value != found.value {
            return Err(DatasetError::CannotMix {
                first: first.folder().to_path_buf(),
                second: second.folder().to_path_buf(),
                what: expected.name,
                expected: expected.value,
                found: found.value,
            });
        }
    }
    Ok(())
}

/// A property that all folders of a mixture have in common.
struct Shared {
    name: &'static str,
    value: String,
}

/// What all folders of a mixture have in common; their words may be cut in different ways.
fn shared(shards: &ShardSet) -> [Shared; 5] {
    let manifest = shards.manifest();
    let table = manifest.table_sha256.as_deref().unwrap_or("none");
    let case = if manifest.segmenter.lower_case {
        "lower"
    } else {
        "kept"
    };
    [
        ("the vocabulary", manifest.vocabulary.sha256.clone()),
        ("the similar-word table", table.to_owned()),
        ("the tokenizer", manifest.segmenter.tokenizer.clone()),
        ("the case", case.to_owned()),
        ("max_length", manifest.max_length.to_string()),
    ]
    .map(|(name, value)| Shared { name, value })
}

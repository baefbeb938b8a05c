//! What a corpus is worth, beside the counts of its manifest: `quality.json` in a folder of shards.

mod duplicates;
mod near;
mod signature;
mod signature_file;
mod tally;
mod unknown;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use repro::AtomicFile;
use serde::{Deserialize, Serialize};

pub use duplicates::Duplicates;
pub use near::NearDuplicates;
pub use unknown::Unknown;

pub(crate) use duplicates::DuplicateSketch;
pub(crate) use near::search;
pub(crate) use signature::{Signature, signature};
pub(crate) use tally::{DocumentQuality, Tally};

use crate::error::PrepareError;

/// The report in a folder of shards.
pub const QUALITY: &str = "quality.json";
/// The documents that near duplicates leave out, in a folder of shards.
pub const DROP_LIST: &str = "near_duplicates.tsv";
/// Hashes of a task's documents, for the merge.
pub(crate) const HASHES: &str = "documents.hashes";
/// Signatures of a task's documents, for the merge.
pub(crate) const SIGNATURES: &str = "documents.signatures";

/// Documents of a file whose lines were broken at a width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrapped {
    /// How many there are.
    pub documents: u64,
    /// Their line ends inside sentences.
    pub lines: u64,
}

/// What a corpus is worth, beside the counts of its manifest; the same for any number of threads and tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Version of the format.
    pub version: u32,
    /// What `[UNK]` stands for.
    pub unknown: Unknown,
    /// Files with documents whose lines were broken at a width, in mid-sentence.
    pub wrapped: BTreeMap<String, Wrapped>,
    /// Documents of the same text.
    pub duplicates: Duplicates,
    /// From which likeness on documents are near duplicates, where they are looked for.
    pub likeness: Option<f64>,
    /// The documents that are; a task leaves the search to the merge.
    pub near_duplicates: Option<NearDuplicates>,
}

impl Quality {
    /// Version of the format.
    pub const VERSION: u32 = 1;

    /// Reads the report of a folder; none where another version has written it, or none.
    pub fn read(folder: &Path) -> Result<Option<Self>, PrepareError> {
        let path = folder.join(QUALITY);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = std::fs::read(&path).map_err(|source| failed(&path, source))?;
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| failed(&path, error.into()))?;
        if value["version"] != Self::VERSION {
            return Ok(None);
        }
        let quality = serde_json::from_value(value);
        Ok(Some(quality.map_err(|error| failed(&path, error.into()))?))
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), PrepareError> {
        let path = folder.join(QUALITY);
        let json = serde_json::to_string_pretty(self).expect("its keys are characters");
        AtomicFile::write(&path, format!("{json}\n").as_bytes())
            .map_err(|source| failed(&path, source))
    }
}

pub(crate) fn failed(path: &Path, source: std::io::Error) -> PrepareError {
    PrepareError::Report {
        path: PathBuf::from(path),
        source,
    }
}

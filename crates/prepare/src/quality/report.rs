//! The quality report: what the manifest's counts do not say about a corpus.

use std::collections::BTreeMap;
use std::path::Path;

use repro::AtomicFile;
use serde::{Deserialize, Serialize};

use crate::error::PrepareError;
use crate::quality::duplicates::Duplicates;
use crate::quality::near::NearDuplicates;
use crate::quality::unknown::Unknown;

/// The file name of the report in a folder of shards.
const QUALITY: &str = "quality.json";
/// The file name of the list of near duplicates in a folder of shards. It names the documents to leave out.
pub const DROP_LIST: &str = "near_duplicates.tsv";
/// The file name of the hashes of a task's documents, which the merge reads.
pub(crate) const HASHES: &str = "documents.hashes";
/// The file name of the signatures of a task's documents, which the merge reads.
pub(crate) const SIGNATURES: &str = "documents.signatures";

/// Counts of the documents of a file whose lines were broken at a fixed width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrapped {
    /// The number of such documents.
    pub documents: u64,
    /// The number of line ends inside their sentences.
    pub lines: u64,
}

/// The quality report of a corpus. It does not depend on the number of threads and tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// The version of the format.
    pub version: u32,
    /// The causes of `[UNK]`.
    pub unknown: Unknown,
    /// Files with documents whose lines were broken at a fixed width, inside sentences.
    pub wrapped: BTreeMap<String, Wrapped>,
    /// Documents with the same text.
    pub duplicates: Duplicates,
    /// The least similarity of near duplicates, if they were to be searched; from 0 to 1.
    pub likeness: Option<f64>,
    /// The near duplicates that were found. A task does not search; the merge does.
    pub near_duplicates: Option<NearDuplicates>,
}

impl Quality {
    /// The version of the format that this program reads and writes.
    pub const VERSION: u32 = 1;

    /// Reads the report of a folder. `None` if the folder has no report of this version.
    pub fn read(folder: &Path) -> Result<Option<Self>, PrepareError> {
        let path = folder.join(QUALITY);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = std::fs::read(&path).map_err(|source| PrepareError::report(&path, source))?;
        let wrong = |error: serde_json::Error| PrepareError::report(&path, error.into());
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(wrong)?;
        if value["version"] != Self::VERSION {
            return Ok(None);
        }
        Ok(Some(serde_json::from_value(value).map_err(wrong)?))
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), PrepareError> {
        let path = folder.join(QUALITY);
        let json = serde_json::to_string_pretty(self).expect("all keys are strings or characters");
        AtomicFile::write(&path, format!("{json}\n").as_bytes())
            .map_err(|source| PrepareError::report(&path, source))
    }
}

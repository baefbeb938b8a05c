//! The folder of a run: where everything lies, its lock, and what its results were made with.
//!
//! | path | what |
//! | --- | --- |
//! | `made_with.json` | what decides the results; another config is refused |
//! | `seed-1/results.json`, `seed-1/predictions.json` | the results of a finished seed |
//! | `seed-1/checkpoints` | the checkpoint of a seed that is not finished |
//! | `seed-1/selected` | the model of the best epoch so far; removed if another seed is better |
//! | `results.json` | the results of all seeds |
//! | `export` | the model of the best seed, as a Hugging Face folder |

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::FinetuneError;
use crate::run::results::{KeyDifference, read_json, write_json};

const MADE_WITH: &str = "made_with.json";
/// The results of a seed, and those of all seeds.
pub(crate) const RESULTS: &str = "results.json";
const SEED: &str = "seed-";

/// The folder of a run, kept for this process.
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Locks a folder, which is created if need be. Refuses a folder that another process has locked, or whose results were
    /// made with something else.
    pub(crate) fn open(
        path: &Path,
        made_with: &BTreeMap<String, Value>,
    ) -> Result<Self, FinetuneError> {
        let open = || {
            fs::create_dir_all(path)?;
            File::open(path)
        };
        let lock = open().map_err(FinetuneError::file(path))?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(FinetuneError::Locked {
                folder: path.to_path_buf(),
            });
        }
        let file = path.join(MADE_WITH);
        match read_json::<BTreeMap<String, Value>>(&file)? {
            None => write_json(&file, made_with)?,
            Some(found) => check(path, &found, made_with)?,
        }
        Ok(Self {
            path: path.to_path_buf(),
            _lock: lock,
        })
    }

    /// Refuses results of a seed that is not one of these: the exported model may be of that seed.
    pub(crate) fn check_seeds(&self, seeds: &[u64]) -> Result<(), FinetuneError> {
        let entries = fs::read_dir(&self.path).map_err(FinetuneError::file(&self.path))?;
        for entry in entries {
            let path = entry.map_err(FinetuneError::file(&self.path))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let seed = name.strip_prefix(SEED).and_then(|seed| seed.parse().ok());
            if let Some(seed) = seed
                && !seeds.contains(&seed)
                && path.join(RESULTS).exists()
            {
                let folder = self.path.clone();
                return Err(FinetuneError::OtherSeed { folder, seed });
            }
        }
        Ok(())
    }

    /// The folder of a seed.
    pub(crate) fn seed(&self, seed: u64) -> PathBuf {
        self.path.join(format!("{SEED}{seed}"))
    }

    /// The results of all seeds.
    pub(crate) fn results(&self) -> PathBuf {
        self.path.join(RESULTS)
    }

    /// The Hugging Face folder.
    pub(crate) fn export(&self) -> PathBuf {
        self.path.join("export")
    }
}

/// Refuses results that were made with something else, and names the first key that differs.
fn check(
    folder: &Path,
    found: &BTreeMap<String, Value>,
    expected: &BTreeMap<String, Value>,
) -> Result<(), FinetuneError> {
    let Some(KeyDifference {
        key,
        found,
        expected,
    }) = KeyDifference::first(found, expected)
    else {
        return Ok(());
    };
    Err(FinetuneError::OtherRun {
        folder: folder.to_path_buf(),
        key,
        found,
        expected,
    })
}

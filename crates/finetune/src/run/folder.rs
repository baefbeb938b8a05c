//! The folder of a run: where everything lies, its lock, and what its results were made with.
//!
//! | path | what |
//! | --- | --- |
//! | `made_with.json` | what decides the results; another config is refused if a seed has results or a checkpoint |
//! | `seed-1/results.json`, `seed-1/predictions.json` | the results of a finished seed |
//! | `seed-1/checkpoints` | the checkpoint of a seed that is not finished |
//! | `seed-1/selected-3` | the model of the best epoch so far, here epoch 3; removed if another seed is better |
//! | `results.json` | the results of all seeds |
//! | `export` | the model of the best seed, as a Hugging Face folder |

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use repro::{FolderLock, StepFolders, remove_folder};
use serde_json::Value;

use crate::error::FinetuneError;
use crate::run::results::{KeyDifference, read_json, write_json};

const MADE_WITH: &str = "made_with.json";
/// The results of a seed, and those of all seeds.
const RESULTS: &str = "results.json";
const SEED: &str = "seed-";
/// The model of an epoch.
const SELECTED: &str = "selected-";

/// The folder of a run, kept for this process.
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: FolderLock,
}

/// The folder of a seed.
pub(crate) struct SeedFolder(PathBuf);

impl RunFolder {
    /// Locks a folder, which is created if need be. Refuses a folder that another process has locked, or whose results or
    /// checkpoints were made with something else.
    pub(crate) fn open(
        path: &Path,
        made_with: &BTreeMap<String, Value>,
    ) -> Result<Self, FinetuneError> {
        let lock = FolderLock::take(path).map_err(FinetuneError::file(path))?;
        let lock = lock.ok_or_else(|| FinetuneError::Locked {
            folder: path.to_path_buf(),
        })?;
        let folder = Self {
            path: path.to_path_buf(),
            _lock: lock,
        };
        let file = path.join(MADE_WITH);
        let found = read_json::<BTreeMap<String, Value>>(&file)?;
        if found.as_ref() != Some(made_with) {
            if let Some(found) = found
                && folder.has_work()?
            {
                return Err(other_run(path, &found, made_with));
            }
            write_json(&file, made_with)?;
        }
        Ok(folder)
    }

    /// Refuses results of a seed that is not one of these: the exported model may be of that seed.
    pub(crate) fn check_seeds(&self, seeds: &[u64]) -> Result<(), FinetuneError> {
        let is_other = |seed: &u64| !seeds.contains(seed) && self.seed(*seed).results().exists();
        let other = self.seeds()?.into_iter().find(is_other);
        other.map_or(Ok(()), |seed| {
            let folder = self.path.clone();
            Err(FinetuneError::OtherSeed { folder, seed })
        })
    }

    /// Whether a seed has results or a checkpoint.
    fn has_work(&self) -> Result<bool, FinetuneError> {
        for seed in self.seeds()? {
            let seed = self.seed(seed);
            let checkpoints = seed.checkpoints();
            let found = StepFolders::new(&checkpoints).list();
            let found = found.map_err(FinetuneError::file(&checkpoints))?;
            if seed.results().exists() || !found.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The seeds that have a folder.
    fn seeds(&self) -> Result<Vec<u64>, FinetuneError> {
        let names = names(&self.path)?.into_iter();
        let seeds = names.filter_map(|name| name.strip_prefix(SEED)?.parse().ok());
        Ok(seeds.collect())
    }

    /// The folder of a seed.
    pub(crate) fn seed(&self, seed: u64) -> SeedFolder {
        SeedFolder(self.path.join(format!("{SEED}{seed}")))
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

impl SeedFolder {
    pub(crate) fn results(&self) -> PathBuf {
        self.0.join(RESULTS)
    }

    pub(crate) fn predictions(&self) -> PathBuf {
        self.0.join("predictions.json")
    }

    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.0.join("checkpoints")
    }

    /// The model of an epoch, from 1.
    pub(crate) fn selected(&self, epoch: u64) -> PathBuf {
        self.0.join(format!("{SELECTED}{epoch}"))
    }

    /// Removes the models of all epochs but one, and what a killed process has left of them.
    pub(crate) fn keep_selected(&self, epoch: Option<u64>) -> Result<(), FinetuneError> {
        let kept = epoch.map(|epoch| self.selected(epoch));
        for name in names(&self.0)? {
            let path = self.0.join(&name);
            let is_model = name.trim_start_matches('.').starts_with(SELECTED);
            if is_model && Some(&path) != kept.as_ref() {
                remove_folder(&path).map_err(FinetuneError::file(&path))?;
            }
        }
        Ok(())
    }
}

/// The names of what is in a folder.
fn names(folder: &Path) -> Result<Vec<String>, FinetuneError> {
    let entries = fs::read_dir(folder).and_then(|entries| {
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    });
    entries.map_err(FinetuneError::file(folder))
}

/// The error about results that were made with something else. It names the first key that differs.
fn other_run(
    folder: &Path,
    found: &BTreeMap<String, Value>,
    expected: &BTreeMap<String, Value>,
) -> FinetuneError {
    let difference = KeyDifference::first(found, expected);
    let KeyDifference {
        key,
        found,
        expected,
    } = difference.expect("they differ");
    FinetuneError::OtherRun {
        folder: folder.to_path_buf(),
        key,
        found,
        expected,
    }
}

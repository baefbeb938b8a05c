//! The file in which a task says what it dropped. Only all tasks together know whether all records of a file are dropped.

use std::path::{Path, PathBuf};

use corpus::{CorpusError, DropReport};
use repro::AtomicFile;

use crate::error::PrepareError;
use crate::task::task_folders;

/// The file name of the report in the folder of a task.
const DROPS: &str = "drops.json";

pub(crate) fn write_drops(folder: &Path, drops: &DropReport) -> Result<(), PrepareError> {
    let path = folder.join(DROPS);
    let json = serde_json::to_vec(drops).expect("all keys are strings");
    AtomicFile::write(&path, &json).map_err(|source| PrepareError::report(&path, source))
}

/// What the tasks of a folder dropped, all together.
pub fn task_drops(folder: &Path) -> Result<DropReport, PrepareError> {
    let mut drops = DropReport::default();
    let tasks = task_folders(folder).map_err(|source| PrepareError::report(folder, source))?;
    for task in tasks {
        let path = task.path.join(DROPS);
        if !path.exists() {
            continue; // it is not finished, or is of an earlier version
        }
        let failed = |source| PrepareError::report(&path, source);
        let bytes = std::fs::read(&path).map_err(failed)?;
        let read: DropReport =
            serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?;
        drops.merge(&read);
    }
    Ok(drops)
}

/// Refuses drops that leave nothing of a file.
pub(crate) fn check_files(drops: &DropReport) -> Result<(), CorpusError> {
    let lost = |path| Some((path, drops.lost_file(path)?));
    match drops.files.keys().find_map(lost) {
        None => Ok(()),
        Some((path, (records, first))) => Err(CorpusError::AllDropped {
            path: PathBuf::from(&**path),
            records: Box::new(records.clone()),
            first: Box::new(first.clone()),
        }),
    }
}

//! The folder that shards are written to, and what it may contain already.

use std::fs;
use std::path::Path;

use shard::{MANIFEST, Manifest, Split};

use crate::difference::difference;
use crate::error::PrepareError;

/// The state of the folder before a preparation.
pub(crate) enum State {
    /// The folder does not exist, or is empty.
    Free,
    /// The folder has the shards that the job would write.
    Done(Box<Manifest>),
}

/// Finds out the state of a folder. Refuses a folder with anything but the shards that the job would write.
pub(crate) fn state(folder: &Path, expected: &Manifest) -> Result<State, PrepareError> {
    let refuse = |what: String| {
        Err(PrepareError::Occupied {
            folder: folder.to_path_buf(),
            what,
        })
    };
    if !folder.exists() || is_empty(folder) {
        return Ok(State::Free);
    }
    if !folder.join(MANIFEST).is_file() {
        return refuse("it holds other files".to_owned());
    }
    let found = match Manifest::read(folder) {
        Ok(found) => found,
        Err(error) => return refuse(format!("its manifest cannot be read: {error}")),
    };
    if let Some(difference) = difference(&found, expected) {
        return refuse(format!("its shards were made with another {difference}"));
    }
    for file in Split::ALL.iter().flat_map(|split| found.files(*split)) {
        let length = fs::metadata(folder.join(&file.name)).map_or(0, |metadata| metadata.len());
        if length != file.bytes {
            return refuse(format!("its shard {} is missing or cut short", file.name));
        }
    }
    Ok(State::Done(Box::new(found)))
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

//! The folder that shards are written to, and what may be there already.

use std::fs;
use std::path::Path;

use shard::{MANIFEST, Manifest, Split};

use crate::difference::difference;
use crate::error::PrepareError;

/// What stands where the shards are to be.
pub(crate) enum State {
    /// Nothing.
    Free,
    /// Shards of the same config, vocabulary, segmenter, table and corpus.
    Done(Box<Manifest>),
}

/// Looks at the place of the shards; refuses what is there but is not what this job would write.
pub(crate) fn look(folder: &Path, expected: &Manifest) -> Result<State, PrepareError> {
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
    for file in [Split::Train, Split::HeldOut]
        .iter()
        .flat_map(|split| found.files(*split))
    {
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

//! The folder that shards are written to: aside until it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use shard::{MANIFEST, Manifest, ShardSet};

use crate::driver::PrepareError;

/// What stands where the shards are to be.
pub enum State {
    /// Nothing.
    Free,
    /// Shards of the same config, vocabulary, segmenter and table.
    Done(Box<Manifest>),
}

/// Looks at the place of the shards; refuses what is there but was made with other settings.
pub(crate) fn look(folder: &Path, expected: &Manifest) -> Result<State, PrepareError> {
    let refuse = |what: String| PrepareError::Occupied {
        folder: folder.to_path_buf(),
        what,
    };
    if !folder.exists() {
        return Ok(State::Free);
    }
    if !folder.join(MANIFEST).is_file() {
        let empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
        return if empty {
            Ok(State::Free)
        } else {
            Err(refuse("it holds other files".to_owned()))
        };
    }
    let found = ShardSet::manifest_of(folder)?;
    let differs = [
        ("vocabulary", found.vocabulary != expected.vocabulary),
        ("segmenter", found.segmenter != expected.segmenter),
        (
            "similar-word table",
            found.table_sha256 != expected.table_sha256,
        ),
        ("config", found.config != expected.config),
        ("files of the corpus", found.paths != expected.paths),
    ];
    match differs.iter().find(|(_, differs)| *differs) {
        Some((what, _)) => Err(refuse(format!("its shards were made with another {what}"))),
        None => Ok(State::Done(Box::new(found))),
    }
}

/// A fresh folder beside the final one; what dead runs left there is removed.
pub(crate) fn aside(folder: &Path) -> io::Result<PathBuf> {
    let parent = parent(folder);
    fs::create_dir_all(parent)?;
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let aside = parent.join(format!(".{name}.unfinished"));
    if aside.exists() {
        fs::remove_dir_all(&aside)?;
    }
    fs::create_dir(&aside)?;
    Ok(aside)
}

/// Puts a finished folder in its place.
pub(crate) fn publish(aside: &Path, folder: &Path) -> io::Result<()> {
    shard::sync_folder(aside)?;
    if folder.exists() {
        fs::remove_dir(folder)?; // an empty one, or this fails
    }
    fs::rename(aside, folder)?;
    shard::sync_folder(parent(folder))
}

fn parent(folder: &Path) -> &Path {
    folder
        .parent()
        .filter(|parent| *parent != Path::new(""))
        .unwrap_or(Path::new("."))
}

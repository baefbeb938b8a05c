//! The folder that shards are written to: aside until it is whole.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use shard::{MANIFEST, Manifest, Split, folder_of, sync_folder};

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

/// A folder beside the final one, locked while its run lives; gone again if it is dropped before it is published.
pub(crate) struct Aside {
    path: PathBuf,
    _lock: File,
}

impl Aside {
    /// Creates the folder; what dead runs left beside it is removed.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        let parent = folder_of(folder);
        fs::create_dir_all(parent)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let prefix = format!(".{name}.unfinished-");
        remove_dead(parent, &prefix)?;
        let id = std::process::id();
        for number in 0.. {
            let path = parent.join(format!("{prefix}{id}-{number}"));
            match fs::create_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            // Between the two calls another run may take the folder for a dead one's: then the next number is tried.
            let Ok(lock) = File::open(&path) else {
                continue;
            };
            let held_by_another = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
            if !held_by_another && path.exists() {
                return Ok(Self { path, _lock: lock });
            }
        }
        unreachable!("there is always another number")
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the finished folder in its place.
    pub(crate) fn publish(self, folder: &Path) -> io::Result<()> {
        sync_folder(&self.path)?;
        if folder.exists() {
            fs::remove_dir(folder)?; // an empty one, or this fails
        }
        fs::rename(&self.path, folder)?;
        sync_folder(folder_of(folder))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Once published, there is nothing under this name.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes folders whose run is dead: the lock of a living one is held.
fn remove_dead(parent: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        let lock = File::open(entry.path());
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::Aside;

    #[test]
    fn what_dead_runs_left_is_removed_and_living_runs_are_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let names = || {
            let entries = std::fs::read_dir(home.path()).unwrap();
            let mut names: Vec<String> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort_unstable();
            names
        };
        let shards = home.path().join("shards");
        let dead = home.path().join(".shards.unfinished-1-0");
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join("train-00000.arrow"), "half").unwrap();
        std::fs::create_dir(home.path().join(".other.unfinished-1-0")).unwrap();

        let living = Aside::create(&shards).unwrap();
        assert!(!dead.exists());
        let second = Aside::create(&shards).unwrap();
        assert!(living.path().exists() && second.path() != living.path());

        second.publish(&shards).unwrap();
        assert!(
            living.publish(&shards).is_ok(),
            "an empty folder is no shards"
        );
        assert_eq!(names(), [".other.unfinished-1-0", "shards"]);
    }

    #[test]
    fn a_run_that_comes_second_does_not_replace_the_first() {
        let home = tempfile::tempdir().unwrap();
        let shards = home.path().join("shards");
        let [first, second] = [(); 2].map(|()| Aside::create(&shards).unwrap());
        for aside in [&first, &second] {
            std::fs::write(aside.path().join("manifest.json"), "{}").unwrap();
        }
        first.publish(&shards).unwrap();
        assert!(second.publish(&shards).is_err());
        assert!(shards.join("manifest.json").exists());
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }
}

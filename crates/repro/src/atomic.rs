//! Files and folders that are written under a temporary name and renamed when they are whole.
//!
//! The temporary name is `.NAME.unfinished-PROCESS-NUMBER`, in the folder of the final one. The process that writes it
//! holds a lock on it. So the next process that writes NAME can tell what a dead process left, and removes it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::folder::{folder_of, sync_folder};

/// A file that gets its name when it is whole. Until then it has a temporary name; dropping it removes it.
pub struct AtomicFile {
    final_path: PathBuf,
    temporary_path: PathBuf,
    file: File,
}

impl AtomicFile {
    /// Creates the file under its temporary name, and the folders above it. Whatever is at `path` stays until
    /// [`Self::commit`].
    pub fn create(path: &Path) -> io::Result<Self> {
        let (temporary_path, file) = claim(path, |temporary| {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(temporary)
        })?;
        Ok(Self {
            final_path: path.to_path_buf(),
            temporary_path,
            file,
        })
    }

    /// The open file, to write to.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Syncs the file and gives it its name. It replaces a file of that name.
    pub fn commit(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.temporary_path, &self.final_path)?;
        sync_folder(folder_of(&self.final_path))
    }

    /// Writes a whole file in one call.
    pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = Self::create(path)?;
        io::Write::write_all(&mut file.file(), bytes)?;
        file.commit()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // After `commit` nothing has this name any more.
        let _ = fs::remove_file(&self.temporary_path);
    }
}

/// A folder that gets its name when it is whole. Until then it has a temporary name; dropping it removes it.
pub struct AtomicFolder {
    final_path: PathBuf,
    temporary_path: PathBuf,
    _lock: File,
}

impl AtomicFolder {
    /// Creates the folder under its temporary name, and the folders above it.
    pub fn create(path: &Path) -> io::Result<Self> {
        let (temporary_path, lock) = claim(path, |temporary| {
            fs::create_dir(temporary)?;
            // Between these two calls the folder has no lock, so another process may remove it. Then the next number is
            // tried.
            File::open(temporary).map_err(|_| io::ErrorKind::AlreadyExists.into())
        })?;
        Ok(Self {
            final_path: path.to_path_buf(),
            temporary_path,
            _lock: lock,
        })
    }

    /// The temporary path: files are written there.
    pub fn path(&self) -> &Path {
        &self.temporary_path
    }

    /// Syncs the folder and gives it its name. A folder of that name is an error unless it is empty.
    pub fn commit(self) -> io::Result<()> {
        sync_folder(&self.temporary_path)?;
        if self.final_path.exists() {
            fs::remove_dir(&self.final_path)?;
        }
        fs::rename(&self.temporary_path, &self.final_path)?;
        sync_folder(folder_of(&self.final_path))
    }

    /// Syncs the folder and gives it its name. A folder of that name is removed.
    pub fn replace(self) -> io::Result<()> {
        let old = Self::create(&self.final_path)?;
        if self.final_path.exists() {
            fs::rename(&self.final_path, old.temporary_path.join("old"))?;
        }
        self.commit()
    }
}

impl Drop for AtomicFolder {
    fn drop(&mut self) {
        // After `commit` nothing has this name any more.
        let _ = fs::remove_dir_all(&self.temporary_path);
    }
}

/// Removes what dead processes left beside `path`, then makes a file or folder under a temporary name and locks it.
fn claim(path: &Path, make: impl Fn(&Path) -> io::Result<File>) -> io::Result<(PathBuf, File)> {
    let parent = folder_of(path);
    fs::create_dir_all(parent)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.unfinished-");
    remove_dead(parent, &prefix)?;
    let id = std::process::id();
    for number in 0.. {
        let temporary_path = parent.join(format!("{prefix}{id}-{number}"));
        let lock = match make(&temporary_path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            lock => lock?,
        };
        let held_by_another = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
        if !held_by_another && temporary_path.exists() {
            return Ok((temporary_path, lock));
        }
    }
    unreachable!("there is always another number")
}

/// Removes files and folders with this prefix that no living process has locked.
fn remove_dead(parent: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        let lock = File::open(entry.path());
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;

    use super::{AtomicFile, AtomicFolder};

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "旧").unwrap();

        let half = AtomicFile::create(&path).unwrap();
        std::io::Write::write_all(&mut half.file(), "新".as_bytes()).unwrap();
        drop(half);
        assert_eq!(fs::read_to_string(&path).unwrap(), "旧");

        AtomicFile::write(&path, "新".as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "新");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_dead_runs_left_is_removed_and_living_runs_are_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let names = || {
            let entries = fs::read_dir(home.path()).unwrap();
            let mut names: Vec<String> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort_unstable();
            names
        };
        let shards = home.path().join("shards");
        let dead = home.path().join(".shards.unfinished-1-0");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("train-00000.arrow"), "half").unwrap();
        fs::write(home.path().join(".shards.unfinished-1-1"), "half").unwrap();
        fs::create_dir(home.path().join(".other.unfinished-1-0")).unwrap();

        let living = AtomicFolder::create(&shards).unwrap();
        assert!(!dead.exists());
        let second = AtomicFolder::create(&shards).unwrap();
        assert!(living.path().exists() && second.path() != living.path());

        second.commit().unwrap();
        assert!(living.commit().is_ok(), "an empty folder is no shards");
        assert_eq!(names(), [".other.unfinished-1-0", "shards"]);
    }

    #[test]
    fn a_folder_replaces_another_and_leaves_nothing_of_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("export");
        for text in ["one", "two"] {
            let folder = AtomicFolder::create(&path).unwrap();
            fs::write(folder.path().join(text), text).unwrap();
            folder.replace().unwrap();
        }
        assert!(path.join("two").exists() && !path.join("one").exists());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_that_comes_second_does_not_replace_the_first() {
        let home = tempfile::tempdir().unwrap();
        let shards = home.path().join("shards");
        let [first, second] = [(); 2].map(|()| AtomicFolder::create(&shards).unwrap());
        for folder in [&first, &second] {
            fs::write(folder.path().join("manifest.json"), "{}").unwrap();
        }
        first.commit().unwrap();
        assert!(second.commit().is_err());
        assert!(shards.join("manifest.json").exists());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}

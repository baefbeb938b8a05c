//! Files and folders that are written aside and put in their place when they are whole.
//!
//! What a run has not finished is called `.NAME.unfinished-PROCESS-NUMBER`, and is locked while the run lives: the next run
//! that writes the same thing removes what dead ones left.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A file under another name in the folder of the final one; gone again if it is dropped before it is put in place.
pub struct AtomicFile {
    path: PathBuf,
    aside: PathBuf,
    file: File,
}

impl AtomicFile {
    /// Creates the file, and the folders on the way; nothing is at `path` yet, or what was there before.
    pub fn create(path: &Path) -> io::Result<Self> {
        let (aside, file) = claim(path, |aside| {
            OpenOptions::new().write(true).create_new(true).open(aside)
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            aside,
            file,
        })
    }

    /// What is written to.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Syncs the file and puts it in its place, where it replaces what is there.
    pub fn place(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.aside, &self.path)?;
        sync_folder(folder_of(&self.path))
    }

    /// Writes a whole file at once.
    pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        let aside = Self::create(path)?;
        io::Write::write_all(&mut aside.file(), bytes)?;
        aside.place()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // Once in place, there is nothing under this name.
        let _ = fs::remove_file(&self.aside);
    }
}

/// A folder beside the final one; gone again if it is dropped before it is put in place.
pub struct AtomicFolder {
    place: PathBuf,
    path: PathBuf,
    _lock: File,
}

impl AtomicFolder {
    /// Creates the folder, and those on the way.
    pub fn create(path: &Path) -> io::Result<Self> {
        let (path_aside, lock) = claim(path, |aside| {
            fs::create_dir(aside)?;
            // Between the two calls another run may take the folder for a dead one's: then the next number is tried.
            File::open(aside).map_err(|_| io::ErrorKind::AlreadyExists.into())
        })?;
        Ok(Self {
            place: path.to_path_buf(),
            path: path_aside,
            _lock: lock,
        })
    }

    /// Where the folder is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the folder and puts it in its place, where only an empty one may be.
    pub fn place(self) -> io::Result<()> {
        sync_folder(&self.path)?;
        if self.place.exists() {
            fs::remove_dir(&self.place)?;
        }
        fs::rename(&self.path, &self.place)?;
        sync_folder(folder_of(&self.place))
    }

    /// Puts the folder in its place, instead of one that may be there.
    pub fn replace(self) -> io::Result<()> {
        let old = Self::create(&self.place)?;
        if self.place.exists() {
            fs::rename(&self.place, old.path.join("old"))?;
        }
        self.place()
    }
}

impl Drop for AtomicFolder {
    fn drop(&mut self) {
        // Once in place, there is nothing under this name.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes what dead runs left beside `path`, and makes something there that is locked.
fn claim(path: &Path, make: impl Fn(&Path) -> io::Result<File>) -> io::Result<(PathBuf, File)> {
    let parent = folder_of(path);
    fs::create_dir_all(parent)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.unfinished-");
    remove_dead(parent, &prefix)?;
    let id = std::process::id();
    for number in 0.. {
        let aside = parent.join(format!("{prefix}{id}-{number}"));
        let lock = match make(&aside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            lock => lock?,
        };
        let held_by_another = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
        if !held_by_another && aside.exists() {
            return Ok((aside, lock));
        }
    }
    unreachable!("there is always another number")
}

/// Removes what its run has left for dead: the lock of a living one is held.
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

/// Makes renames in a folder last.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder that a path lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| *folder != Path::new(""))
        .unwrap_or(Path::new("."))
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

        second.place().unwrap();
        assert!(living.place().is_ok(), "an empty folder is no shards");
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
        for aside in [&first, &second] {
            fs::write(aside.path().join("manifest.json"), "{}").unwrap();
        }
        first.place().unwrap();
        assert!(second.place().is_err());
        assert!(shards.join("manifest.json").exists());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}

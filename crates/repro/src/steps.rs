//! Folders of a run that are numbered by its steps, such as its checkpoints: `step-00000100` for step 100, and so on.
//!
//! A folder is written as `.unfinished` and then renamed, and it is renamed to `.removed` before it is removed. So a process that
//! is killed leaves no half of a folder under the name of a step. Only one process at a time may write.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::folder::{remove_folder, sync_folder};

const PREFIX: &str = "step-";
/// The name of a folder while it is written. A process that is killed may leave it.
const UNFINISHED: &str = ".unfinished";
/// The name of a folder while it is removed. A process that is killed may leave it.
const REMOVED: &str = ".removed";

/// The numbered folders in a folder.
#[derive(Clone, Debug)]
pub struct StepFolders {
    folder: PathBuf,
}

impl StepFolders {
    /// The numbered folders in a folder, which need not be there yet.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
        }
    }

    /// The folder that they lie in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the folder of a step lies.
    pub fn path_of(&self, step: u64) -> PathBuf {
        self.folder.join(format!("{PREFIX}{step:08}"))
    }

    /// Where a folder lies while it is written.
    pub fn unfinished(&self) -> PathBuf {
        self.folder.join(UNFINISHED)
    }

    /// Lists the folders that are there, oldest first.
    pub fn list(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut found = paths.collect::<io::Result<Vec<_>>>()?;
        found.retain(|path| step_of(path).is_some());
        found.sort_by_key(|path| step_of(path));
        Ok(found)
    }

    /// Makes an empty folder, to be written and then given to [`Self::publish`].
    pub fn begin(&self) -> io::Result<PathBuf> {
        let unfinished = self.unfinished();
        remove_folder(&unfinished)?;
        fs::create_dir_all(&unfinished)?;
        Ok(unfinished)
    }

    /// Gives the folder of [`Self::begin`] the name of a step, and removes all others except for the newest `keep` up to this
    /// step.
    ///
    /// A folder of the same name and those of later steps are removed: they are damaged, or the run would have continued from
    /// one of them, and they would count as the newest ones.
    pub fn publish(&self, step: u64, keep: usize) -> io::Result<()> {
        let path = self.path_of(step);
        let removed = self.folder.join(REMOVED);
        remove_folder(&removed)?;
        if path.exists() {
            fs::rename(&path, &removed)?;
        }
        fs::rename(self.unfinished(), &path)?;
        sync_folder(&self.folder)?;
        remove_folder(&removed)?;
        let is_newer = |path: &&PathBuf| step_of(path) > Some(step);
        let all = self.list()?;
        let mut newer = all.iter().filter(is_newer);
        newer.try_for_each(|path| self.remove(path))?;
        self.remove_old(step, keep)
    }

    /// Removes what a killed process may have left: unfinished folders, and more old ones than are kept, for a run that
    /// continues after `step`.
    pub fn remove_leftovers(&self, step: u64, keep: usize) -> io::Result<()> {
        for name in [UNFINISHED, REMOVED] {
            remove_folder(&self.folder.join(name))?;
        }
        self.remove_old(step, keep)
    }

    /// Removes all folders up to `step` except for the newest ones.
    fn remove_old(&self, step: u64, keep: usize) -> io::Result<()> {
        let mut all = self.list()?;
        all.retain(|path| step_of(path) <= Some(step));
        let n_old = all.len().saturating_sub(keep);
        all[..n_old].iter().try_for_each(|path| self.remove(path))
    }

    /// Removes a folder. It is renamed first, because a half-removed folder would look like a damaged one.
    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = self.folder.join(REMOVED);
        remove_folder(&removed)?;
        fs::rename(path, &removed)?;
        remove_folder(&removed)
    }
}

/// The step of a folder; `None` for any other name.
fn step_of(path: &Path) -> Option<u64> {
    let step = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    step.parse().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;

    use super::StepFolders;

    fn written(folders: &StepFolders, step: u64, keep: usize) {
        let unfinished = folders.begin().unwrap();
        fs::write(unfinished.join("step"), step.to_string()).unwrap();
        folders.publish(step, keep).unwrap();
    }

    #[test]
    fn the_newest_folders_are_kept_and_take_the_place_of_damaged_ones() {
        let home = tempfile::tempdir().unwrap();
        let folders = StepFolders::new(&home.path().join("checkpoints"));
        assert!(folders.list().unwrap().is_empty());
        fs::create_dir_all(folders.folder().join("step-two")).unwrap();
        for step in [9, 10, 123_456_789] {
            written(&folders, step, 2);
        }
        let paths = [10, 123_456_789].map(|step| folders.path_of(step));
        assert_eq!(folders.list().unwrap(), paths);
        // A run that continues from step 8 found the newer ones damaged.
        fs::write(folders.path_of(10).join("half"), "").unwrap();
        written(&folders, 10, 2);
        assert_eq!(folders.list().unwrap(), [folders.path_of(10)]);
        let entries = fs::read_dir(folders.path_of(10)).unwrap();
        assert_eq!(entries.count(), 1);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_later_steps_are_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let folders = StepFolders::new(home.path());
        for step in 1..=4 {
            written(&folders, step, 4);
        }
        fs::write(folders.begin().unwrap().join("half"), "").unwrap();
        fs::create_dir(home.path().join(".removed")).unwrap();
        folders.remove_leftovers(3, 1).unwrap();
        let paths = [3, 4].map(|step| folders.path_of(step));
        assert_eq!(folders.list().unwrap(), paths);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
    }
}

//! Keeps the folder of a run for one process.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

/// Keeps a folder for this process until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Locks a folder, which is created if need be. Returns `None` if another process has locked it.
    pub fn take(folder: &Path) -> io::Result<Option<Self>> {
        fs::create_dir_all(folder)?;
        let file = File::open(folder)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            // A file system that has no locks does not keep a run from its work.
            _ => Ok(Some(Self { _file: file })),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::FolderLock;

    #[test]
    fn a_folder_is_locked_until_the_lock_is_dropped() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/run");
        let lock = FolderLock::take(&folder).unwrap();
        assert!(lock.is_some() && folder.is_dir());
        assert!(FolderLock::take(&folder).unwrap().is_none());
        drop(lock);
        assert!(FolderLock::take(&folder).unwrap().is_some());
    }
}

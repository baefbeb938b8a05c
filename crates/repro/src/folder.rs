//! What the standard library leaves out about folders: syncing one, removing one that may not be there, and the folder of
//! a path.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Syncs a folder to the disk. Without this, a crash of the machine can undo renames in the folder.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a folder with everything in it. A folder that is not there is no error.
pub fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The folder that a path lies in: `.` for a bare file name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| *folder != Path::new(""))
        .unwrap_or(Path::new("."))
}

//! Sealed folders: every file is synced, and `checksums.json` lists the SHA-256 of each.
//!
//! The list is written last. So a folder whose writing was interrupted has no list, and a file that was damaged later does
//! not have the hash in the list.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::folder::sync_folder;
use crate::sha256::sha256_file;

const CHECKSUMS: &str = "checksums.json";

/// What is wrong with a sealed folder.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file, or the list itself, could not be read.
    #[error("{name}: {source}")]
    File {
        /// The file's name in the folder.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file that the folder needs is not in the list.
    #[error("{CHECKSUMS} does not list {0}")]
    NotListed(String),
    /// A file's content has changed.
    #[error("{name} has the SHA-256 {found}, expected {expected}")]
    Changed {
        /// The file's name in the folder.
        name: String,
        /// The hash in the list.
        expected: String,
        /// The hash of the file as it is now.
        found: String,
    },
}

/// Syncs every file of a folder, then writes and syncs `checksums.json`.
pub fn seal(folder: &Path) -> io::Result<()> {
    let mut checksums = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        sync_file(&entry.path())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        checksums.insert(name, sha256_file(&entry.path())?);
    }
    let path = folder.join(CHECKSUMS);
    fs::write(&path, serde_json::to_vec_pretty(&checksums)?)?;
    sync_file(&path)?;
    sync_folder(folder)
}

/// Compares every file in the list with its hash. Refuses a list without one of the `needed` files.
pub fn verify(folder: &Path, needed: &[&str]) -> Result<(), SealError> {
    let unreadable = |name: &str| {
        let name = name.to_owned();
        move |source| SealError::File { name, source }
    };
    let checksums: BTreeMap<String, String> = fs::read(folder.join(CHECKSUMS))
        .and_then(|json| Ok(serde_json::from_slice(&json)?))
        .map_err(unreadable(CHECKSUMS))?;
    if let Some(name) = needed.iter().find(|name| !checksums.contains_key(**name)) {
        return Err(SealError::NotListed((*name).to_owned()));
    }
    for (name, expected) in checksums {
        let found = sha256_file(&folder.join(&name)).map_err(unreadable(&name))?;
        if found != expected {
            return Err(SealError::Changed {
                name,
                expected,
                found,
            });
        }
    }
    Ok(())
}

fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;

    use super::{CHECKSUMS, seal, verify};
    use crate::folder::remove_folder;

    #[test]
    fn a_sealed_folder_is_told_from_a_damaged_one() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("step-00000001");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("state.json"), "{}").unwrap();
        let error = || verify(&folder, &["state.json"]).unwrap_err().to_string();
        assert!(error().starts_with(CHECKSUMS));

        seal(&folder).unwrap();
        verify(&folder, &["state.json"]).unwrap();
        assert_eq!(
            verify(&folder, &["config.json"]).unwrap_err().to_string(),
            "checksums.json does not list config.json"
        );
        fs::write(folder.join("state.json"), "{ }").unwrap();
        assert!(error().starts_with("state.json has the SHA-256 "));
        remove_folder(&folder).unwrap();
        remove_folder(&folder).unwrap();
    }
}

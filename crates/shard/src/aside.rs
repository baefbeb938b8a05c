//! A file that is written aside and put in its place when it is whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A file under another name in the folder of the final one; gone again if it is dropped before it is put in place.
pub struct AsideFile {
    path: PathBuf,
    aside: PathBuf,
    file: File,
}

impl AsideFile {
    /// Creates the file; nothing is at `path` yet, or what was there before.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".unfinished-{}", std::process::id()));
        let aside = path.with_file_name(name);
        Ok(Self {
            path: path.to_path_buf(),
            file: File::create(&aside)?,
            aside,
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
}

impl Drop for AsideFile {
    fn drop(&mut self) {
        // Once in place, there is nothing under this name.
        let _ = fs::remove_file(&self.aside);
    }
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
mod tests {
    use std::io::Write as _;

    use super::AsideFile;

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "旧").expect("written");

        let half = AsideFile::create(&path).expect("created");
        half.file().write_all("新".as_bytes()).expect("written");
        drop(half);
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "旧");

        let whole = AsideFile::create(&path).expect("created");
        whole.file().write_all("新".as_bytes()).expect("written");
        whole.place().expect("in place");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "新");
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 1);
    }
}

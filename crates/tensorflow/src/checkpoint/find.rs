//! Finds a checkpoint by any of its names: its prefix, one of its files, or its folder.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::error::CheckpointError;
use super::table::{FOOTER_BYTES, is_table};

const INDEX: &str = ".index";
/// The file that names the newest checkpoint of a folder, and the most bytes of it that are read.
const NEWEST: &str = "checkpoint";
const MOST_NEWEST_BYTES: u64 = 1 << 16;

/// Where a checkpoint is.
pub(super) enum Found {
    /// `PREFIX.index`, and data files beside it.
    Bundle {
        /// The prefix.
        prefix: PathBuf,
    },
    /// One file of the older format.
    Older(PathBuf),
}

/// The file of a checkpoint that a path names: `PREFIX.index`, or the file of the older format; None if it names none.
///
/// The path may be a prefix, its `.index`, one of its `.data-…` or `.meta` files, a file of the older format, or a folder.
/// In a folder, the file `checkpoint` names the newest; without it, the folder must hold one checkpoint.
pub fn checkpoint_file(path: &Path) -> Result<Option<PathBuf>, CheckpointError> {
    Ok(find(path)?.map(|found| match found {
        Found::Bundle { prefix } => index_of(&prefix),
        Found::Older(file) => file,
    }))
}

pub(super) fn find(path: &Path) -> Result<Option<Found>, CheckpointError> {
    if path.is_dir() {
        return in_folder(path);
    }
    let prefix = prefix_of(path);
    if index_of(&prefix).is_file() {
        return Ok(Some(Found::Bundle { prefix }));
    }
    if ends_as_table(&prefix) {
        return Ok(Some(Found::Older(prefix)));
    }
    let data = if prefix != path && path.is_file() {
        Some(path.to_path_buf())
    } else {
        data_files(&prefix).into_iter().next()
    };
    match data {
        Some(path) => Err(CheckpointError::NoIndex {
            index: index_of(&prefix),
            path,
        }),
        None => Ok(None),
    }
}

/// The index of a prefix.
pub(super) fn index_of(prefix: &Path) -> PathBuf {
    let mut name = prefix.as_os_str().to_owned();
    name.push(INDEX);
    PathBuf::from(name)
}

/// A path without what TensorFlow puts behind a prefix.
fn prefix_of(path: &Path) -> PathBuf {
    match path.file_name().and_then(stem) {
        Some(stem) => path.with_file_name(stem),
        None => path.to_path_buf(),
    }
}

/// The part of a file's name that belongs to the prefix; None if the name is not that of a checkpoint's file.
fn stem(name: &OsStr) -> Option<OsString> {
    let name = name.to_str()?;
    let stem = name.strip_suffix(INDEX);
    let stem = stem.or_else(|| name.strip_suffix(".meta"));
    let stem = stem.or_else(|| data_stem(name))?;
    (!stem.is_empty()).then(|| stem.into())
}

/// The same for `.data-SSSSS-of-NNNNN` alone.
fn data_stem(name: &str) -> Option<&str> {
    let (stem, numbers) = name.rsplit_once(".data-")?;
    let (shard, n_shards) = numbers.split_once("-of-")?;
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(shard) && is_number(n_shards)).then_some(stem)
}

/// The data files that belong to a prefix, sorted. The index says which of them are needed.
pub fn data_files(prefix: &Path) -> Vec<PathBuf> {
    let folder = prefix.parent().filter(|folder| *folder != Path::new(""));
    let name = prefix.file_name().and_then(OsStr::to_str);
    let mut files = files(folder.unwrap_or(Path::new(".")));
    files.retain(|file| {
        let file = file.file_name().and_then(OsStr::to_str);
        file.and_then(data_stem)
            .is_some_and(|stem| Some(stem) == name)
    });
    files
}

fn in_folder(folder: &Path) -> Result<Option<Found>, CheckpointError> {
    if let Some(named) = newest(folder)
        && let Some(found) = find(&named)?
    {
        return Ok(Some(found));
    }
    let files = files(folder);
    let is_index = |file: &&PathBuf| file.extension() == Some(OsStr::new("index"));
    let indexes = files.iter().filter(is_index);
    let mut found: Vec<Found> = indexes
        .map(|index| Found::Bundle {
            prefix: prefix_of(index),
        })
        .collect();
    if found.is_empty() {
        let older = files.iter().filter(|file| ends_as_table(file));
        found.extend(older.map(|file| Found::Older(file.clone())));
    }
    if found.len() > 1 {
        return Err(CheckpointError::Several {
            folder: folder.to_path_buf(),
            names: found.iter().map(Found::name).collect(),
        });
    }
    let data = files.iter().find(|file| prefix_of(file) != **file);
    match (found.pop(), data) {
        (None, Some(path)) => Err(CheckpointError::NoIndex {
            path: path.clone(),
            index: index_of(&prefix_of(path)),
        }),
        (found, _) => Ok(found),
    }
}

impl Found {
    fn name(&self) -> String {
        let (Self::Bundle { prefix: path } | Self::Older(path)) = self;
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// The files of a folder, sorted; none if it cannot be read.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// What the file `checkpoint` names as the newest. Only a name inside the folder counts: the path of another machine means
/// nothing here.
fn newest(folder: &Path) -> Option<PathBuf> {
    let file = File::open(folder.join(NEWEST)).ok()?;
    let mut text = String::new();
    file.take(MOST_NEWEST_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("model_checkpoint_path:"))?;
    let name = line.trim().trim_matches('"');
    Some(folder.join(Path::new(name).file_name()?))
}

/// Whether a file ends as a table does. A file that cannot be read does not.
fn ends_as_table(path: &Path) -> bool {
    let end = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-(FOOTER_BYTES as i64)))?;
        let mut end = Vec::new();
        file.take(FOOTER_BYTES as u64).read_to_end(&mut end)?;
        Ok(end)
    };
    path.is_file() && end().is_ok_and(|end| is_table(&end))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::prefix_of;

    #[test]
    fn a_prefix_is_a_name_without_what_tensorflow_puts_behind_it() {
        for (name, prefix) in [
            ("a/bert_model.ckpt", "a/bert_model.ckpt"),
            ("a/bert_model.ckpt.index", "a/bert_model.ckpt"),
            ("a/bert_model.ckpt.meta", "a/bert_model.ckpt"),
            ("model.ckpt-20.data-00003-of-00004", "model.ckpt-20"),
            (
                "a.data-00000-of-00001/x.ckpt",
                "a.data-00000-of-00001/x.ckpt",
            ),
            ("law.data-2019", "law.data-2019"),
            (".index", ".index"),
        ] {
            assert_eq!(prefix_of(Path::new(name)), PathBuf::from(prefix), "{name}");
        }
    }
}

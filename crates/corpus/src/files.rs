//! Holds the files of a corpus.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::drop_list::DropList;
use crate::error::CorpusError;
use crate::find::find;
use crate::format::{Format, format_of};
use crate::options::CorpusOptions;
use crate::packing::Packing;
use crate::skipped::{Skipped, recorded_path};

/// The files of a corpus.
///
/// Invariant: the files are sorted by recorded path, and each is there once.
#[derive(Debug)]
pub struct Corpus {
    files: Vec<CorpusFile>,
    skipped: Skipped,
}

/// A file of a corpus.
#[derive(Clone, Debug)]
pub struct CorpusFile {
    /// See [`Self::path`].
    pub(crate) recorded_path: Arc<str>,
    /// The path that the file is opened by.
    pub(crate) disk_path: PathBuf,
    pub(crate) format: Format,
    pub(crate) packing: Packing,
    pub(crate) options: Arc<CorpusOptions>,
    /// Positions of the records that the drop list leaves out.
    pub(crate) listed: Option<Arc<HashSet<u64>>>,
    bytes: u64,
}

impl Corpus {
    /// Finds the files of `options.paths`. A path or pattern that leads to no file is an error.
    ///
    /// A file that several names lead to (links, for example) counts once, under the first of its recorded paths.
    pub fn open(base: &Path, options: &CorpusOptions) -> Result<Self, CorpusError> {
        if options.max_document_bytes > u64::from(u32::MAX) {
            return Err(CorpusError::DocumentLimit {
                found: options.max_document_bytes,
            });
        }
        // Paths that a glob finds have no `.` part. Without this line they would not begin with the base.
        let parts = base.components().filter(|part| *part != Component::CurDir);
        let base: PathBuf = parts.collect();
        let (mut disk_paths, mut skipped) = (BTreeMap::new(), BTreeSet::new());
        for pattern in &options.paths {
            for path in find(&base, pattern, options.format, &mut skipped)? {
                disk_paths.insert(recorded_path(&base, &path), path);
            }
        }
        let shared = Arc::new(options.clone());
        let mut seen = HashSet::new();
        let mut files = Vec::with_capacity(disk_paths.len());
        for (recorded_path, disk_path) in disk_paths {
            let (file, canonical) = CorpusFile::open(recorded_path, disk_path, &shared)?;
            if seen.insert(canonical) {
                files.push(file);
            }
        }
        if let Some(list) = &options.drop_list {
            assign_drop_list(&base.join(list), &mut files)?;
        }
        let skipped = Skipped::of(&base, &skipped);
        Ok(Self { files, skipped })
    }

    /// Files of the corpus's folders that are not read, because their names do not say that they hold text.
    pub const fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    /// The files, in the order of their recorded paths.
    pub fn files(&self) -> &[CorpusFile] {
        &self.files
    }

    /// The file with a recorded path.
    pub fn file(&self, recorded_path: &str) -> Option<&CorpusFile> {
        self.files
            .iter()
            .find(|file| &*file.recorded_path == recorded_path)
    }
}

/// Reads a drop list and gives each file the records that it must leave out.
fn assign_drop_list(path: &Path, files: &mut [CorpusFile]) -> Result<(), CorpusError> {
    let mut list = DropList::read(path)?;
    for file in files {
        file.listed = list.take(&file.recorded_path);
    }
    list.finish(path)
}

impl CorpusFile {
    /// Returns the file, and its path without links: two names of one file have the same one.
    fn open(
        recorded_path: String,
        disk_path: PathBuf,
        options: &Arc<CorpusOptions>,
    ) -> Result<(Self, PathBuf), CorpusError> {
        let (format, packing) = format_of(&disk_path, options.format)?;
        let inspect = || {
            Ok((
                std::fs::metadata(&disk_path)?.len(),
                disk_path.canonicalize()?,
            ))
        };
        let (bytes, canonical) = inspect().map_err(|source| CorpusError::Read {
            path: disk_path.clone(),
            source,
        })?;
        let file = Self {
            recorded_path: recorded_path.into(),
            disk_path,
            format,
            packing,
            options: Arc::clone(options),
            listed: None,
            bytes,
        };
        Ok((file, canonical))
    }

    /// The path that shards and reports record: relative to the base folder, with `/` between folders.
    pub fn path(&self) -> &Arc<str> {
        &self.recorded_path
    }

    /// The file's size on disk, in bytes.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

//! The files of a corpus, and the documents of a file.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::document::Document;
use crate::drop_list::DropList;
use crate::error::CorpusError;
use crate::find::{find, recorded};
use crate::format::{Format, Packing, format_of};
use crate::options::CorpusOptions;
use crate::reader::DocumentReader;

/// The files of a corpus, sorted by recorded path, each once.
#[derive(Debug)]
pub struct Corpus {
    files: Vec<CorpusFile>,
}

/// A file of a corpus.
#[derive(Clone, Debug)]
pub struct CorpusFile {
    pub(crate) recorded: Arc<str>,
    pub(crate) real: PathBuf,
    pub(crate) format: Format,
    pub(crate) packing: Packing,
    pub(crate) options: Arc<CorpusOptions>,
    /// Records to leave out.
    pub(crate) listed: Option<Arc<HashSet<u64>>>,
    bytes: u64,
}

impl Corpus {
    /// Finds the files; a path or pattern without any is an error.
    ///
    /// A file that is reached by several names counts once, by the first of them in order.
    pub fn open(base: &Path, options: &CorpusOptions) -> Result<Self, CorpusError> {
        if options.max_document_bytes > u64::from(u32::MAX) {
            return Err(CorpusError::DocumentLimit {
                found: options.max_document_bytes,
            });
        }
        // Patterns never give a `.` back: without it, all paths below the base begin like the base.
        let parts = base.components().filter(|part| *part != Component::CurDir);
        let base: PathBuf = parts.collect();
        let mut paths = BTreeMap::new();
        for pattern in &options.paths {
            for path in find(&base, pattern, options.format)? {
                paths.insert(recorded(&base, &path), path);
            }
        }
        let shared = Arc::new(options.clone());
        let mut seen = HashSet::new();
        let mut files = Vec::with_capacity(paths.len());
        for (recorded, real) in paths {
            let (file, canonical) = CorpusFile::open(recorded, real, &shared)?;
            if seen.insert(canonical) {
                files.push(file);
            }
        }
        if let Some(list) = &options.drop_list {
            let path = base.join(list);
            let mut list = DropList::read(&path)?;
            for file in &mut files {
                file.listed = list.take(&file.recorded);
            }
            list.end(&path)?;
        }
        Ok(Self { files })
    }

    /// The files.
    pub fn files(&self) -> &[CorpusFile] {
        &self.files
    }

    /// The file of a recorded path.
    pub fn file(&self, recorded: &str) -> Option<&CorpusFile> {
        self.files.iter().find(|file| &*file.recorded == recorded)
    }
}

impl CorpusFile {
    fn open(
        recorded: String,
        real: PathBuf,
        options: &Arc<CorpusOptions>,
    ) -> Result<(Self, PathBuf), CorpusError> {
        let (format, packing) = format_of(&real, options.format)?;
        let look = || Ok((std::fs::metadata(&real)?.len(), real.canonicalize()?));
        let (bytes, canonical) = look().map_err(|source| CorpusError::Read {
            path: real.clone(),
            source,
        })?;
        let file = Self {
            recorded: recorded.into(),
            real,
            format,
            packing,
            options: Arc::clone(options),
            listed: None,
            bytes,
        };
        Ok((file, canonical))
    }

    /// The path as it is recorded: relative to the base, `/` between folders.
    pub fn path(&self) -> &Arc<str> {
        &self.recorded
    }

    /// Its size on disk.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its documents, in order, streaming.
    pub fn documents(&self) -> Result<DocumentReader, CorpusError> {
        self.documents_in(&(0..u64::MAX))
    }

    /// Those of them whose records begin in a range, as [`Corpus::parts`] gives it.
    pub fn documents_in(&self, records: &Range<u64>) -> Result<DocumentReader, CorpusError> {
        DocumentReader::open(self, records)
    }

    /// The document whose record is at a place; reads the file up to it.
    pub fn document_at(&self, record: u64) -> Result<Option<Document>, CorpusError> {
        for document in self.documents()? {
            let document = document?;
            if document.source.record == record {
                return Ok(Some(document));
            }
            if document.source.record > record {
                return Ok(None);
            }
        }
        Ok(None)
    }
}
